package main

import (
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"xpt/internal/report"
	"xpt/internal/train"
	"xpt/internal/usererror"
)

// reportOptions are the flags of xpt report.
type reportOptions struct {
	JSON bool `flag:"json" help:"report as JSON"`
}

func reportCommand() *cli.Command {
	var o reportOptions
	return &cli.Command{
		Name:      "report",
		Usage:     "write the tables and the HTML page of a study, or of a single run",
		ArgsUsage: "DIR",
		Description: "DIR is the folder of a study or of a run; data and checkpoint are not needed. Writes DIR/report: index.html with plots,\n" +
			"report.md, report.json and each table as CSV, JSON, Markdown and LaTeX. Failed and missing cells are marked, so\n" +
			"the command also works while a study runs. A run's report has its loss, rates and dev scores by step.",
		Flags: flagsOf(&o),
		Action: func(c *cli.Context) error {
			return runReport(c.Args().First(), o, c.App.Writer)
		},
	}
}

func runReport(dir string, o reportOptions, stdout io.Writer) error {
	of := report.Make
	if train.IsRun(dir) {
		of = report.MakeRun
	}
	r, err := of(dir)
	if err != nil {
		return usererror.Of(err)
	}
	if err := r.Save(dir); err != nil {
		return err
	}
	if o.JSON {
		return writeIndented(stdout, r)
	}
	return showReport(dir, r, stdout)
}

func showReport(dir string, r *report.Report, stdout io.Writer) error {
	if err := r.WriteText(stdout); err != nil {
		return err
	}
	_, err := fmt.Fprintf(stdout, "The page: %s\n", filepath.Join(report.Folder(dir), report.Page))
	return err
}
