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
	s.Versions = "libtorch " + libtorch.Version()
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
	case Rates:
		s.GFLOPS, err = doctor.MatmulGFLOPS(dev, libtorch.Arithmetic(dev, dtype))
		if err == nil && dev.IsCUDA() {
			s.GBs, err = doctor.CopyGBs(dev)
		}
	case Generate:
		s, err = j.generate(ctx, dev, dtype)
	case Train, Eval, Load:
		s, err = j.learn(ctx, dev, dtype)
	default:
		err = usererror.Errorf("no job of kind %q", j.Kind)
	}
	if s.Peak = memory.Peak(); dev.IsCUDA() {
		s.Peak = dev.PeakMemory()
	}
	return s, err
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
			tokens += maxPasses * max(1, j.Sets) * n
		}
		if err := trial.Model.Prepare(tokens, false); err != nil {
			return s, err
		}
	}
	err = j.passes(&s, dev, func() error {
		if j.Kind == Train {
			step, err := trial.train(ctx)
			s.Loss = step.Loss
			return err
		}
		for range max(1, j.Sets) {
			if _, err := trial.Predict(ctx, trial.items, nil); err != nil {
				return err
			}
		}
		return nil
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
	err = j.passes(&s, dev, func() error {
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
// process times it. A profile on a GPU is of one more pass, since tracing slows the host.
func (j Job) passes(s *Sample, dev libtorch.Device, pass func() error) (err error) {
	if err := pass(); err != nil || j.Kind == Load {
		return err
	}
	timed := func() error {
		for took := 0.0; len(s.Seconds) == 0 || took < j.AtLeast && len(s.Seconds) < maxPasses; {
			start := time.Now()
			if err := errors.Join(pass(), dev.Wait()); err != nil {
				return err
			}
			seconds := time.Since(start).Seconds()
			s.Seconds, took = append(s.Seconds, seconds), took+seconds
		}
		return nil
	}
	switch {
	case !j.Profile:
		return timed()
	case !dev.IsCUDA():
		s.Ops, err = profile.Run(timed)
		return err
	}
	if err := timed(); err != nil {
		return err
	}
	trace, err := profile.RunTraced(dev, pass)
	s.Ops, s.GPU = trace.Ops, &trace
	return err
}
