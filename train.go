package xpt

import (
	"context"
	"errors"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// RecipeDefaults returns [training.Defaults] with the settings of a published work for a task and a
// method on top, as xpt train --recipe takes them.
func RecipeDefaults(recipe, task, method string) (training.Options, error) {
	o, err := train.RecipeDefaults(recipe, task, method)
	return o, usererror.Of(err)
}

// ReadRecord reads the record of a run's folder.
func ReadRecord(run string) (training.Record, error) {
	r, err := train.ReadRecord(run)
	return r, usererror.Of(err)
}

// inTraining is full while the process trains: libtorch has one generator for dropout.
var inTraining = make(chan struct{}, 1)

// Train adapts a checkpoint to a task, keeps what is best on the dev split, and writes a run to a new
// folder. Start o from [training.Defaults] and set Checkpoint, Task, Method and Data. listen, unless
// nil, is called with each event. [Resume] continues a training that its context or the end of the
// process interrupted.
func Train(ctx context.Context, run string, o training.Options, c Compute, listen func(training.Event)) (training.Record, error) {
	o, err := train.Resolve(o)
	if err != nil {
		return training.Record{}, usererror.Of(err)
	}
	return fit(ctx, train.NewRun(run, o), c, listen)
}

// ResumeOptions say what is to be other than on the run's record.
type ResumeOptions struct {
	Compute           // zero: as the run was begun
	Checkpoint string // where it lies now; empty: where it was, or where [OpenRun] finds it
	Data       string // where they lie now; empty: where they were
	Epochs     int    // more than the run's, where its schedule gives the steps that are done the same rates; 0: the run's
	Steps      int    // likewise
}

// Resume continues an interrupted run, and ends with the parameters of an uninterrupted one. Where
// c is zero it computes as the run did.
func Resume(ctx context.Context, run string, c Compute, listen func(training.Event)) (training.Record, error) {
	return ResumeWith(ctx, run, ResumeOptions{Compute: c}, listen)
}

// ResumeWith is [Resume] of a run whose checkpoint or data have moved, or that is to be longer. A longer run
// ends with the parameters of one that was begun with that length, or is refused.
func ResumeWith(ctx context.Context, run string, o ResumeOptions, listen func(training.Event)) (training.Record, error) {
	resume := train.ResumeFor
	if o.Ranks.Rank() > 0 {
		resume = train.FollowFor
	}
	r, err := resume(run, training.Length{Epochs: o.Epochs, Steps: o.Steps})
	if err != nil {
		return training.Record{}, usererror.Of(err)
	}
	if err := r.Move(o.Checkpoint, o.Data); err != nil {
		return r.Record, errors.Join(usererror.Of(err), r.Close())
	}
	c := o.Compute
	if c, err = resumed(r.Record, c); err != nil {
		return r.Record, errors.Join(err, r.Close())
	}
	return fit(ctx, r, c, listen)
}

// resumed returns what a run is computed on when it is resumed; it refuses what would change its result.
func resumed(r training.Record, c Compute) (Compute, error) {
	recorded := Compute{Device: r.Device, DType: r.DType, Threads: r.Threads, Ranks: c.Ranks}
	if c.Device != "" {
		recorded.Device = c.Device
	}
	if c.Threads != 0 {
		recorded.Threads = c.Threads
	}
	if c.DType == "" || c.DType == r.DType {
		return recorded, nil
	}
	recorded.DType = c.DType
	dev, dtype, err := recorded.resolve()
	if err != nil {
		return c, err
	}
	if computed := libtorch.Arithmetic(dev, dtype).String(); computed != r.DType {
		return c, usererror.Errorf("--resume: the run computes in %s, not %s", r.DType, computed)
	}
	return recorded, nil
}

func fit(ctx context.Context, run *train.Run, c Compute, listen func(training.Event)) (_ training.Record, err error) {
	defer func() { err = errors.Join(err, run.Close()) }()
	select {
	case inTraining <- struct{}{}: // also where ctx has ended: the run is begun, and can be resumed
	default:
		select {
		case inTraining <- struct{}{}:
		case <-ctx.Done():
			return training.Record{}, ctx.Err()
		}
	}
	defer func() { <-inTraining }()
	dev, dtype, err := c.resolve()
	if err != nil {
		return training.Record{}, err
	}
	o := run.Options
	task, err := datasets.Open(o.Task, o.Data)
	if err != nil {
		return training.Record{}, usererror.Of(err)
	}
	base, err := train.OpenBase(o.Checkpoint, dev, dtype)
	if err != nil {
		return training.Record{}, usererror.Of(err)
	}
	base.Ranks = c.Ranks.of()
	defer func() { err = errors.Join(err, base.Close()) }()
	return train.Fit(ctx, base, train.NewData(task, o.Data), run, listen)
}
