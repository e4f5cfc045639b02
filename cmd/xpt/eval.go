package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
)

// evalOptions are the flags of xpt eval.
type evalOptions struct {
	xpt.EvaluateOptions
	JSON bool `flag:"json" help:"report as JSON"`
}

func evalCommand() *cli.Command {
	o, c := evalOptions{EvaluateOptions: xpt.EvaluateOptions{Languages: "all"}}, defaultCompute()
	return &cli.Command{
		Name:        "eval",
		Usage:       "evaluate runs in every language and compare them",
		ArgsUsage:   "RUN...",
		Description: "Each task has tables with a row for each language and a column for each run.",
		Flags:       append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			return runEval(ctx.Context, ctx.Args().Slice(), o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runEval(ctx context.Context, runs []string, o evalOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	var results []transfer.Result
	if o.Data == "" {
		return usererror.New("--data is missing: name the folder of the task's data")
	}
	if o.Predictions != "" {
		for i, run := range runs {
			if slices.ContainsFunc(runs[:i], func(other string) bool { return runName(other) == runName(run) }) {
				return usererror.Errorf("--predictions: two runs are named %s, and one would be written over the other", runName(run))
			}
		}
	}
	for _, run := range runs { // before one is evaluated
		if _, err := xpt.ReadRecord(run); err != nil {
			return err
		}
	}
	for _, run := range runs {
		result, err := evalRun(ctx, run, o, c, stderr)
		if err != nil {
			return err
		}
		results = append(results, result)
	}
	if o.JSON {
		return writeIndented(stdout, results)
	}
	return transfer.WriteTables(stdout, results)
}

// runName is the base name of a run's path, also of one such as "..".
func runName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}

func evalRun(ctx context.Context, dir string, o evalOptions, c xpt.Compute, stderr io.Writer) (result transfer.Result, err error) {
	m, err := xpt.OpenRun(dir, c)
	if err != nil {
		return result, err
	}
	defer m.Close()
	result = transfer.Result{Run: runName(dir), Record: m.Record()}
	if o.Predictions != "" {
		o.Predictions = filepath.Join(o.Predictions, result.Run)
	}
	o.Warn = func(text string) { fmt.Fprintln(stderr, oneLine(text)) }
	bar, done := &progress{}, 0
	defer func() { bar.close() }()
	o.Progress = func(language string, rows, of, languages int) {
		if bar.bar == nil {
			bar = newProgress(stderr, languages, "languages")
		}
		if rows == of {
			done++
		}
		bar.set(done, strings.Join([]string{result.Run, language}, " "))
	}
	result.Languages, err = m.Evaluate(ctx, o.EvaluateOptions)
	return result, err
}
