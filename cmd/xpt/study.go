package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/checkpoints/hub"
	"xpt/internal/compute"
	"xpt/internal/report"
	"xpt/internal/study"
	"xpt/internal/texttable"
	"xpt/internal/usererror"
)

// studyOptions are the flags of xpt study.
type studyOptions struct {
	Out     string `flag:"out" path:"true" help:"folder of the study; by default the file's key out"`
	Shard   string `flag:"shard" help:"i/n: run only shard i of n of the cells; to merge shards, copy their folders into one another and run xpt report"`
	JSON    bool   `flag:"json" help:"report as a line of JSON"`
	Example string `flag:"example" help:"write a ready file to standard output, and nothing else; see above"`
}

func studyCommand() *cli.Command {
	o, c := studyOptions{}, defaultCompute()
	return &cli.Command{
		Name:      "study",
		Usage:     "run tasks x methods x seeds, and report",
		ArgsUsage: "FILE.yaml",
		Description: "Trains and evaluates every cell of the file, and writes a folder with all results and a report. The whole file is\n" +
			"checked before the first cell runs. The same command resumes an interrupted study, even after kill -9: cells that\n" +
			"are done with the same settings, backbone and data are skipped, and failed ones run again.\n" +
			"Settings that are lists of numbers are grids: their trials run first, and the winner by the source language's dev\n" +
			"set gives the settings of all seeds.\n" +
			"Several processes may run one study at once, also on several machines that share its folder: they share the cells,\n" +
			"take over those of processes that died, and the last one leaves the report.\n" +
			"--example prints a ready file, and without a name what there is: " + strings.Join(xpt.Examples(), ", ") + ".",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if o.Example != "" {
				return printExample(o.Example, ctx.App.Writer)
			}
			return runStudy(ctx.Context, ctx.Args().First(), o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

// listExamples answers --example without a name: each name with what the file says of itself first.
func listExamples(stdout io.Writer) error {
	rows := [][]string{}
	for _, name := range xpt.Examples() {
		text, err := xpt.Example(name)
		if err != nil {
			return err
		}
		_, comment, _ := strings.Cut(text, "# ")
		first, _, _ := strings.Cut(comment, "\n")
		about, _, _ := strings.Cut(first, ". ")
		rows = append(rows, []string{name, about})
	}
	return texttable.Write(stdout, "", rows, func(int) bool { return true })
}

func printExample(name string, stdout io.Writer) error {
	text, err := xpt.Example(name)
	if err != nil {
		return usererror.Errorf("--example: %w", err)
	}
	_, err = io.WriteString(stdout, text)
	return err
}

func runStudy(ctx context.Context, path string, o studyOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	shard, err := study.ParseShard(o.Shard)
	if err != nil {
		return usererror.Errorf("--shard %q: %w", o.Shard, err)
	}
	dev, dtype, err := compute.Resolve(c.Device, c.DType, c.Threads)
	if err != nil {
		return err
	}
	file, err := study.ReadFile(path)
	if err != nil {
		return usererror.Of(err)
	}
	if file.Weights, err = studyWeights(ctx, file, stderr); err != nil {
		return err
	}
	out := o.Out
	if out == "" {
		if out = file.OutDir(); out == "" {
			return usererror.Errorf("%s: name a folder with the key out, or with --out", path)
		}
	}
	lines := stdout
	if o.JSON {
		lines = io.Discard
	}
	view := newStudyView(lines, stderr)
	defer view.line.close()
	plan, err := file.Plan(out, dev, dtype)
	if err != nil {
		return usererror.Of(err)
	}
	defer plan.Close()
	plan.Command = commandLine(os.Args)
	view.plan(plan.Mine(shard))
	err = plan.Run(ctx, shard, view.listener())
	view.line.close()
	if err != nil && !errors.Is(err, study.ErrFailed) {
		return err
	}
	made := false
	reported := plan.Report(ctx, func() error {
		made = true
		return reportStudy(out, o.JSON, true, stdout)
	})
	if reported == nil && !made {
		reported = reportStudy(out, o.JSON, false, stdout)
	}
	return errors.Join(reported, err)
}

// studyWeights is the folder of a study's checkpoint, which may be a name on the hub.
func studyWeights(ctx context.Context, file *study.File, stderr io.Writer) (string, error) {
	_, err := os.Stat(file.Weights)
	if _, named := hub.Named(file.Checkpoint); err == nil || !named {
		return file.Weights, nil
	}
	return localFolder(ctx, file.Checkpoint, stderr)
}

// studied is what --json says.
type studied struct {
	Out    string         `json:"out"`
	Cells  []studiedCell  `json:"cells"` // that have ended, also in other processes
	Report *report.Report `json:"report"`
}

type studiedCell struct {
	Cell    string  `json:"cell"`
	Status  string  `json:"status"`
	Error   string  `json:"error,omitempty"`
	Seconds float64 `json:"seconds"`
}

// reportStudy makes the report of what the folder holds, saves it unless another process has, and shows it.
func reportStudy(out string, asJSON, save bool, stdout io.Writer) error {
	r, err := report.Make(out)
	if err != nil {
		return usererror.Of(err)
	}
	if save {
		if err := r.Save(out); err != nil {
			return err
		}
	}
	if !asJSON {
		fmt.Fprintln(stdout)
		return showReport(out, r, stdout)
	}
	outcomes, err := study.ReadOutcomes(out)
	if err != nil {
		return usererror.Of(err)
	}
	answer := studied{Out: out, Report: r}
	for _, o := range outcomes {
		answer.Cells = append(answer.Cells, studiedCell{o.Name(), o.Status, o.Error, o.Seconds})
	}
	return json.NewEncoder(stdout).Encode(answer)
}
