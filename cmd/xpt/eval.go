package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
)

// evalOptions are the flags of xpt eval.
type evalOptions struct {
	Data        string `flag:"data" path:"true" help:"folder of the task's data, or its parent"`
	Languages   string `flag:"languages" help:"all, or a list such as en,de,sw"`
	Split       string `flag:"split" help:"test or dev; empty: test where the data has one"`
	Predictions string `flag:"predictions" path:"true" help:"folder to write each run's predictions to"`
	JSON        bool   `flag:"json" help:"report as JSON"`
}

func evalCommand() *cli.Command {
	o, c := evalOptions{Languages: "all"}, defaultCompute()
	return &cli.Command{
		Name:        "eval",
		Usage:       "evaluate runs in every language and compare them",
		ArgsUsage:   "RUN...",
		Description: "Runs of one task stand side by side in its tables, one row per language.",
		Flags:       append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if !ctx.Args().Present() {
				return usererror.New("eval: name at least one run folder")
			}
			return runEval(ctx.Context, ctx.Args().Slice(), o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runEval(ctx context.Context, runs []string, o evalOptions, c compute, stdout, stderr io.Writer) error {
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
		if _, err := train.ReadRecord(run); err != nil {
			return usererror.Of(err)
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
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(results)
	}
	return transfer.WriteTables(stdout, results)
}

// runName is the last part of a run's path, also of one such as "..".
func runName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}

func evalRun(ctx context.Context, dir string, o evalOptions, c compute, stderr io.Writer) (result transfer.Result, err error) {
	dev, dtype, err := c.resolve()
	if err != nil {
		return result, err
	}
	l, record, err := train.OpenRun(dir, dev, dtype)
	if err != nil {
		return result, usererror.Of(err)
	}
	defer l.Close()
	split, languages, err := transfer.Choose(l.Task, o.Data, o.Split, o.Languages)
	if err != nil {
		return result, usererror.Of(err)
	}
	if o.Languages == "all" {
		leftOut, err := transfer.LeftOut(l.Task, o.Data, split)
		if err != nil {
			return result, usererror.Of(err)
		}
		if leftOut != "" {
			fmt.Fprintln(stderr, oneLine(leftOut))
		}
	}
	predictions := ""
	if o.Predictions != "" {
		predictions = filepath.Join(o.Predictions, runName(dir))
		if err := transfer.CheckPredictions(predictions, l.Task, split, languages); err != nil {
			return result, usererror.Errorf("--predictions: %w", err)
		}
	}
	bar := newProgress(stderr, len(languages), "languages")
	defer bar.close()
	done := 0
	result = transfer.Result{Run: runName(dir), Record: record}
	result.Languages, err = transfer.Evaluate(ctx, l, train.NewData(l.Task, o.Data), split, languages, func(language string, rows, of int) {
		if rows == of {
			done++
		}
		bar.set(done, strings.Join([]string{result.Run, language}, " "))
	})
	if err != nil {
		return result, fmt.Errorf("%s: %w", dir, err)
	}
	if predictions != "" {
		err = transfer.WritePredictions(predictions, l.Task, split, result.Languages)
	}
	return result, err
}
