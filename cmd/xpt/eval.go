package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/checkpoints"
	"xpt/internal/interrupted"
	"xpt/internal/usererror"
)

// evalOptions are the flags of xpt eval.
type evalOptions struct {
	xpt.EvaluateOptions
	labeller
	JSON bool `flag:"json" help:"report as JSON"`
}

func evalCommand() *cli.Command {
	o, c := evalOptions{EvaluateOptions: xpt.EvaluateOptions{Languages: "all"}}, defaultCompute()
	return &cli.Command{
		Name:      "eval",
		Usage:     "evaluate runs in every language and compare them",
		ArgsUsage: "RUN...",
		Description: "Each task has tables with a row for each language and a column for each run. The last one has the expected calibration\n" +
			"error (15 bins of equal width; each tagged word is a prediction) of the probabilities, and of those at the temperature that\n" +
			"makes the gold labels of the trained language's dev set likeliest. Predictions have the probabilities as they are.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			return onRanks(ctx, &c, func(stdout, stderr io.Writer) error {
				return runEval(ctx.Context, ctx.Args().Slice(), o, c, stdout, stderr)
			})
		},
	}
}

func runEval(ctx context.Context, runs []string, o evalOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	var results []xpt.RunResult
	if o.Data == "" {
		return usererror.New("--data is missing: name the folder of the task's data")
	}
	if o.Predictions != "" {
		for i, run := range runs {
			if slices.ContainsFunc(runs[:i], func(other string) bool { return xpt.RunName(other) == xpt.RunName(run) }) {
				return usererror.Errorf("--predictions: two runs are named %s, and one would be written over the other", xpt.RunName(run))
			}
		}
	}
	for _, run := range runs { // before one is evaluated
		if checkpoints.IsAdapter(run) {
			continue
		}
		if _, err := xpt.ReadRecord(run); err != nil {
			return err
		}
	}
	bar := newProgress(stderr, 0, "languages", "")
	defer bar.close()
	for i, run := range runs {
		result, err := evalRun(ctx, run, o, c, bar)
		if errors.Is(err, context.Canceled) && o.Predictions != "" {
			return interrupted.Errorf(err, "stopped; the predictions of %d of %d runs are written, and the same command begins anew", i, len(runs))
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(runs, func(other string) bool { return sameName(run, other) }) {
			result.Run = filepath.Clean(run)
		}
		results = append(results, result)
	}
	bar.close()
	if o.JSON {
		return writeIndented(stdout, results)
	}
	return writeTables(stdout, results)
}

// sameName tells whether two folders have the same last part.
func sameName(run, other string) bool { return run != other && xpt.RunName(run) == xpt.RunName(other) }

func evalRun(ctx context.Context, dir string, o evalOptions, c xpt.Compute, bar *progress) (e xpt.RunResult, err error) {
	run := xpt.RunName(dir)
	bar.start(0, 0, 0)
	bar.set(0, run)
	m, err := o.open(dir, c)
	if err != nil {
		return e, err
	}
	defer m.Close()
	if o.Predictions != "" {
		o.Predictions = filepath.Join(o.Predictions, run)
	}
	done := 0
	o.Progress = func(language string, rows, of, languages int) {
		if bar.total == 0 {
			bar.start(languages, 0, 0)
		}
		if language == "" {
			language = "dev set"
		} else if rows == of {
			done++
		}
		bar.set(done, fmt.Sprintf("%s %s, row %d of %d", run, language, rows, of))
	}
	e, err = m.Evaluate(ctx, o.EvaluateOptions)
	e.Command = commandLine(os.Args)
	return e, err
}
