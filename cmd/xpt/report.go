package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"xpt/internal/report"
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
		Usage:     "make the tables and the page of a study",
		ArgsUsage: "DIR",
		Description: "DIR is the folder that xpt study left; neither its data nor its checkpoint is needed. What is written lies in DIR/report:\n" +
			"index.html with plots, report.md, report.json and each table as CSV, JSON, Markdown and LaTeX. Cells that failed or\n" +
			"are missing are shown as such, so that it can be run while a study is under way.",
		Flags: flagsOf(&o),
		Action: func(c *cli.Context) error {
			if c.Args().Len() != 1 {
				return usererror.New("report: name one folder of a study: xpt report DIR")
			}
			return runReport(c.Args().First(), o, c.App.Writer)
		},
	}
}

func runReport(dir string, o reportOptions, stdout io.Writer) error {
	r, err := report.Make(dir)
	if err != nil {
		return usererror.Of(err)
	}
	if err := r.Save(dir); err != nil {
		return err
	}
	if o.JSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	if err := r.WriteText(stdout); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "The page: %s\n", filepath.Join(report.Folder(dir), report.Page))
	return err
}
