package bench

import (
	"context"
	"errors"
	"slices"

	"xpt/datasets"
	"xpt/internal/random"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
)

// trial is a learner with rows of random ids, which runs the steps of xpt train and xpt eval without a task's data.
type trial struct {
	*train.Learner
	items   []train.Item
	base    *train.Base
	trainer *train.Trainer // nil before the first step
	options training.Options
	last    training.Step
}

// newTrial loads a checkpoint, without a tokenizer, for rows of the given lengths with one of three labels. Only o's method and
// its settings count.
func newTrial(o training.Options, dev libtorch.Device, dtype libtorch.DType, lengths []int) (*trial, error) {
	o.Task, o.Data = "classification", "none"
	o, err := train.Resolve(o)
	if err != nil {
		return nil, err
	}
	t := &trial{options: o, base: &train.Base{Dir: o.Checkpoint, Device: dev, DType: dtype}}
	if t.Learner, err = t.base.Learner(o, datasets.Task{Name: "trial", Labels: []string{"a", "b", "c"}}); err != nil {
		return nil, errors.Join(usererror.Of(err), t.base.Close())
	}
	rng := random.Seed(o.Seed).Stream("rows", 0)
	for i, n := range lengths {
		item := train.Item{Example: i, IDs: []int{tokenize.EOS}, Read: []int{n - 1}, Targets: []int{0}}
		for range n - 1 {
			item.IDs = append(item.IDs, tokenize.FirstPiece+rng.IntN(t.Model.Config.VocabSize-tokenize.FirstPiece))
		}
		t.items = append(t.items, item)
	}
	return t, nil
}

// train runs one epoch over the rows, in order, and returns the last step.
func (t *trial) train(ctx context.Context) (training.Step, error) {
	if t.trainer == nil {
		listen := func(e training.Event) {
			if step, ok := e.(training.Step); ok {
				t.last = step
			}
		}
		var err error
		examples := make([]datasets.Example, len(t.items))
		if t.trainer, err = train.NewTrainer(t.Learner, t.items, examples, t.options, listen); err != nil {
			return training.Step{}, err
		}
	}
	for rows := range slices.Chunk(t.items, t.options.BatchSize) {
		if err := ctx.Err(); err != nil {
			return t.last, err
		}
		if err := t.trainer.TrainStep(rows, 1, 1); err != nil {
			return t.last, err
		}
	}
	err := t.trainer.Settle()
	return t.last, err
}

// close frees everything.
func (t *trial) close() error {
	if t.trainer != nil {
		t.trainer.Free()
	}
	return errors.Join(t.Learner.Close(), t.base.Close())
}
