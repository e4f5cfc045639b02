package bench

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"xpt/internal/doctor"
	"xpt/internal/memory"
	"xpt/internal/profile"
	"xpt/internal/random"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// Serve runs the job of the JSON text in this process, and writes the sample.
func Serve(ctx context.Context, text string, stdout io.Writer) error {
	var j Job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return usererror.Errorf("this is no job: %w", err)
	}
	s, err := j.measure(ctx)
	if err != nil {
		return err
	}
	s.Peak, s.Versions = memory.Peak(), "libtorch "+libtorch.Version()
	return json.NewEncoder(stdout).Encode(s)
}

// measure runs a job with the code of xpt's commands.
func (j Job) measure(ctx context.Context) (s Sample, err error) {
	dev, err := libtorch.ParseDevice(j.Device)
	if err != nil {
		return s, err
	}
	dtype, err := libtorch.ParseDType(j.DType, dev)
	if err != nil {
		return s, err
	}
	if err := libtorch.SetThreads(j.Threads); err != nil {
		return s, err
	}
	switch j.Kind {
	case Matmul:
		s.GFLOPS, err = doctor.MatmulGFLOPS(dev, libtorch.Arithmetic(dev, dtype))
		return s, err
	case Generate:
		return j.generate(ctx, dev, dtype)
	case Train, Eval, Load:
		return j.learn(ctx, dev, dtype)
	}
	return s, usererror.Errorf("no job of kind %q", j.Kind)
}

// rates are the peak learning rates by method.
var rates = map[string]float64{train.Prompt.Name: 5e-3, train.Prefix.Name: 5e-3, train.LoRA.Name: 5e-4, train.BitFit.Name: 1e-3, train.Head.Name: 1e-3, train.Full.Name: 2e-5}

func (j Job) learn(ctx context.Context, dev libtorch.Device, dtype libtorch.DType) (s Sample, err error) {
	o := training.Defaults()
	o.Method, o.LearningRate, o.HeadRate = j.Method, rates[j.Method], rates[j.Method]
	o.Checkpoint, o.PromptLength, o.BatchSize = j.Checkpoint, j.promptTokens(), max(1, j.Batch)
	trial, err := newTrial(o, dev, dtype, j.Rows)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, trial.close()) }()
	for r, n := range j.Common {
		if n > 0 {
			copy(trial.items[r].IDs[:n], trial.items[r-1].IDs)
		}
	}
	if j.Kind == Eval { // the tokens of all passes are known beforehand, as those of a file are
		tokens := 0
		for _, n := range j.Rows {
			tokens += maxPasses * n
		}
		if err := trial.Model.Prepare(tokens, false); err != nil {
			return s, err
		}
	}
	err = j.passes(&s, func() error {
		if j.Kind == Train {
			step, err := trial.train(ctx)
			s.Loss = step.Loss
			return err
		}
		_, err := trial.Predict(ctx, trial.items, nil)
		return err
	})
	return s, err
}

func (j Job) generate(ctx context.Context, dev libtorch.Device, dtype libtorch.DType) (s Sample, err error) {
	m, err := xglm.Load(j.Checkpoint, xglm.Options{Device: dev, DType: dtype})
	if err != nil {
		return s, usererror.Of(err)
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	rng := random.Seed(0).Stream("rows", 0)
	rows := make([][]int, len(j.Rows))
	for r, n := range j.Rows {
		for range n {
			rows[r] = append(rows[r], rng.IntN(m.Config.VocabSize))
		}
	}
	err = j.passes(&s, func() error {
		return libtorch.NoGrad(dev, func(scope *libtorch.Scope) error {
			_, err := m.Generate(scope, rows, nil, xglm.Generation{MaxNewTokens: j.NewTokens}, func(int, int) error { return ctx.Err() })
			return err
		})
	})
	return s, err
}

// maxPasses limits the passes.
const maxPasses = 10

// passes runs pass once as a warm-up, then times it until AtLeast seconds or maxPasses. A load runs it only once; the parent
// process times it.
func (j Job) passes(s *Sample, pass func() error) (err error) {
	if err := pass(); err != nil || j.Kind == Load {
		return err
	}
	timed := func() error {
		for took := 0.0; len(s.Seconds) == 0 || took < j.AtLeast && len(s.Seconds) < maxPasses; {
			start := time.Now()
			if err := pass(); err != nil {
				return err
			}
			seconds := time.Since(start).Seconds()
			s.Seconds, took = append(s.Seconds, seconds), took+seconds
		}
		return nil
	}
	if !j.Profile {
		return timed()
	}
	s.Ops, err = profile.Run(timed)
	return err
}
