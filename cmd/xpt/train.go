package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/transfer"
)

func trainCommand() *cli.Command {
	o, c := train.Defaults(), defaultCompute()
	var out string
	var asJSON bool
	return &cli.Command{
		Name:  "train",
		Usage: "adapt a checkpoint to a task on English",
		Description: "Trains a soft prompt (prompt, prefix), the whole backbone (full) or only a head, keeps the epoch that is best\n" +
			"on the dev split of the same language, and writes a run folder that xpt eval reads.",
		Flags: append(append(flagsOf(&o), flagsOf(&c)...),
			&cli.StringFlag{Name: "out", Usage: "the run folder, new or empty", Destination: &out, Required: true},
			&cli.BoolFlag{Name: "json", Usage: "report as a line of JSON", Destination: &asJSON}),
		Action: func(ctx *cli.Context) error {
			if err := noArguments(ctx); err != nil {
				return err
			}
			return runTrain(ctx.Context, o, c, out, asJSON, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runTrain(ctx context.Context, o train.Options, c compute, out string, asJSON bool, stdout, stderr io.Writer) error {
	start := time.Now()
	o, err := o.Resolve()
	if err != nil {
		return err
	}
	dev, dtype, err := c.resolve()
	if err != nil {
		return err
	}
	task, err := datasets.Open(o.Task, o.Data)
	if err != nil {
		return err
	}
	examples, err := task.Load(o.Data, "train", o.Language)
	if err != nil {
		return err
	}
	if o.Limit > 0 && o.Limit < len(examples) {
		examples = examples[:o.Limit]
	}
	devExamples, err := task.Load(o.Data, "dev", o.Language)
	if err != nil {
		return fmt.Errorf("the best epoch is chosen on a dev split: %w", err)
	}
	l, err := train.NewLearner(o, task, dev, dtype)
	if err != nil {
		return err
	}
	defer l.Close()
	items, err := l.Items(examples)
	if err != nil {
		return err
	}
	devItems, err := l.Items(devExamples)
	if err != nil {
		return err
	}
	record, err := train.NewRecord(o, l)
	if err != nil {
		return err
	}
	run, err := train.Create(out, record)
	if err != nil {
		return err
	}
	bar := newProgress(stderr, (len(items)+o.BatchSize-1)/o.BatchSize*o.Epochs, "steps")
	defer bar.close()
	err = train.Fit(ctx, l, items, examples, o, train.Hooks{
		Score: func(ctx context.Context) (float64, error) { return transfer.DevScore(ctx, l, devItems, devExamples) },
		Step: func(s train.Step, total int) error {
			bar.set(s.Step, fmt.Sprintf("epoch %d loss %.4f", s.Epoch, s.Loss))
			return run.Log(s)
		},
		Epoch: func(e train.Epoch) error {
			if e.Best {
				if err := run.Keep(l, e); err != nil {
					return err
				}
			}
			if !asJSON {
				mark := ""
				if e.Best {
					mark = ", the best so far"
				}
				fmt.Fprintf(stdout, "epoch %d/%d: dev %.4f%s (%.1f s)\n", e.Epoch, o.Epochs, e.Score, mark, e.Seconds)
			}
			return run.Log(e)
		},
	})
	if err != nil {
		return err
	}
	if err := run.Finish(time.Since(start).Seconds(), peakMemory()); err != nil {
		return err
	}
	if asJSON {
		return json.NewEncoder(stdout).Encode(run.Record)
	}
	n := run.Counts
	_, err = fmt.Fprintf(stdout, "trained %d of %d parameters (%.3g %%; %d of them in the head) in %.1f s, peak memory %.2f GB: %s\n",
		n.Body+n.Head, n.Backbone, 100*n.Share(), n.Head, run.Seconds, float64(run.PeakBytes)/1e9, out)
	return err
}

// peakMemory is the largest resident size that the process had, in bytes.
func peakMemory() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss * 1024
}
