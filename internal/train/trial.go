package train

import (
	"context"
	"errors"
	"slices"

	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
)

// Trial is a learner with rows of random ids, to measure what xpt train and
// xpt eval do without a task's data. Its steps are those of a training.
type Trial struct {
	*Learner
	Items   []Item
	options Options
	base    *Base
	trainer *trainer // nil before the first step
	last    Step
}

// specials are the first ids of the vocabulary, which texts do not have inside.
const specials = 4

// NewTrial loads the checkpoint of o, which needs no tokenizer, for rows of
// the given lengths that each have one of three labels. Of o the method and
// what goes with it count.
func NewTrial(o Options, dev libtorch.Device, dtype libtorch.DType, lengths []int) (*Trial, error) {
	o = o.withDefaults()
	t := &Trial{options: o, base: &Base{Dir: o.Checkpoint, device: dev, dtype: dtype}}
	var err error
	if t.Learner, err = t.base.Learner(o, datasets.Task{Name: "trial", Labels: []string{"a", "b", "c"}}); err != nil {
		return nil, errors.Join(err, t.base.Close())
	}
	rng := libtorch.Seed(o.Seed).Stream("rows", 0)
	for i, n := range lengths {
		item := Item{Example: i, IDs: []int{tokenize.EOS}, Read: []int{n - 1}, Targets: []int{0}}
		for range n - 1 {
			item.IDs = append(item.IDs, specials+rng.IntN(t.Model.Config.VocabSize-specials))
		}
		t.Items = append(t.Items, item)
	}
	return t, nil
}

// Train trains on every row once, in order, and returns the last step.
func (t *Trial) Train(ctx context.Context) (Step, error) {
	if t.trainer == nil {
		hooks := Hooks{Step: func(s Step, _ int) error { t.last = s; return nil }}
		var err error
		if t.trainer, err = newTrainer(t.Learner, t.Items, make([]datasets.Example, len(t.Items)), t.options, hooks); err != nil {
			return Step{}, err
		}
	}
	for rows := range slices.Chunk(t.Items, t.options.BatchSize) {
		if err := ctx.Err(); err != nil {
			return t.last, err
		}
		if err := t.trainer.step(rows, 1, 1); err != nil {
			return t.last, err
		}
	}
	err := t.trainer.settle(0)
	return t.last, err
}

// Close frees everything.
func (t *Trial) Close() error {
	if t.trainer != nil {
		t.trainer.free()
	}
	return errors.Join(t.Learner.Close(), t.base.Close())
}
