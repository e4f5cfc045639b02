// Command adapt trains a prefix for XNLI by package xpt, without a tensor in sight, and uses it.
//
//	go run ./adapt CHECKPOINT DATA
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"xpt"
	"xpt/training"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: adapt CHECKPOINT DATA")
		os.Exit(1)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := adapt(ctx, os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if xpt.IsUserError(err) {
			os.Exit(1)
		}
		os.Exit(2)
	}
}

func adapt(ctx context.Context, checkpoint, data string) error {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	run := filepath.Join(dir, "run")
	if err := train(ctx, checkpoint, data, run); err != nil {
		return err
	}
	m, err := xpt.OpenRun(run, xpt.Compute{})
	if err != nil {
		return err
	}
	return errors.Join(use(ctx, m, data), m.Close())
}

func train(ctx context.Context, checkpoint, data, run string) error {
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Epochs = checkpoint, "xnli", "prefix", data, 3
	record, err := xpt.Train(ctx, run, o, xpt.Compute{}, func(e training.Event) {
		switch e := e.(type) {
		case training.Warning:
			fmt.Println("warning:", e)
		case training.Evaluation:
			fmt.Printf("epoch %d: %.2f on the dev set\n", e.Epoch, e.Score)
		}
	})
	if err == nil {
		fmt.Printf("trained %.3g %% of all parameters on %s\n", 100*record.Counts.Share(), record.Device)
	}
	return err
}

func use(ctx context.Context, m *xpt.Model, data string) error {
	result, err := m.Evaluate(ctx, xpt.EvaluateOptions{Data: data, Split: "dev"})
	if err != nil {
		return err
	}
	for _, r := range result.Languages {
		fmt.Printf("%s: %s %.2f of %d examples\n", r.Code, r.Scores[0].Metric, r.Scores[0].Value, r.Examples)
	}
	labels, err := m.Predict(ctx, [][]string{{"The cat sleeps.", "An animal sleeps."}})
	if err != nil {
		return err
	}
	fmt.Println("the first pair:", labels[0].Labels[0])
	return nil
}
