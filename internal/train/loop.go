package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"xpt/datasets"
	"xpt/internal/libtorch"
)

// Step is what one optimizer step measured.
type Step struct {
	Step   int     `json:"step"` // from 1
	Epoch  int     `json:"epoch"`
	Loss   float64 `json:"loss"`
	Norm   float64 `json:"grad_norm"` // before clipping
	Rate   float64 `json:"learning_rate"`
	Tokens int     `json:"tokens"`
}

// Epoch is what the dev set said after a pass over the training data.
type Epoch struct {
	Epoch   int     `json:"epoch"` // from 1
	Score   float64 `json:"dev"`   // larger is better
	Best    bool    `json:"best"`
	Seconds float64 `json:"seconds"` // since the start
}

// Hooks are how a training run speaks to its surroundings.
type Hooks struct {
	// Score rates the current parameters on the dev set; larger is better.
	Score func(context.Context) (float64, error)
	// Step hears of every step out of total, Epoch of every epoch. Epoch keeps
	// the parameters where they are the best so far.
	Step  func(s Step, total int) error
	Epoch func(Epoch) error
}

// Fit trains l on items, epoch by epoch, and rates each on the dev set. The
// examples are named in the error of a loss that is not finite.
func Fit(ctx context.Context, l *Learner, items []Item, examples []datasets.Example, o Options, hooks Hooks) error {
	opt, err := newAdamW([]group{{l.bodyParameters(), o.LearningRate}, {l.headParameters(), o.HeadRate}}, o.WeightDecay)
	if err != nil {
		return err
	}
	defer opt.free()
	seed := libtorch.Seed(o.Seed)
	perEpoch := (len(items) + o.BatchSize - 1) / o.BatchSize
	total := perEpoch * o.Epochs
	warmUp := int(math.Ceil(o.WarmUp * float64(total)))
	start, best := time.Now(), math.Inf(-1)
	for epoch := 1; epoch <= o.Epochs; epoch++ {
		for _, rows := range shuffled(items, o.BatchSize, seed.Stream("order", epoch)) {
			if err := ctx.Err(); err != nil {
				return err
			}
			factor := linear(opt.step, warmUp, total)
			loss, norm, tokens, err := l.step(rows, opt, factor, o.ClipNorm, seed)
			if err != nil {
				return err
			}
			if math.IsNaN(loss) || math.IsInf(loss, 0) || math.IsNaN(norm) || math.IsInf(norm, 0) {
				return notFinite(loss, norm, opt.step, rows, examples)
			}
			err = hooks.Step(Step{Step: opt.step, Epoch: epoch, Loss: loss, Norm: norm, Rate: o.LearningRate * factor, Tokens: tokens}, total)
			if err != nil {
				return err
			}
		}
		score, err := hooks.Score(ctx)
		if err != nil {
			return err
		}
		e := Epoch{Epoch: epoch, Score: score, Best: score > best, Seconds: time.Since(start).Seconds()}
		best = max(best, score)
		if err := hooks.Epoch(e); err != nil {
			return err
		}
	}
	return nil
}

// step computes the loss of one batch and its gradients, and updates the
// parameters. Where the loss or the gradients are not finite the parameters
// stay as they were.
func (l *Learner) step(rows []Item, opt *adamW, factor, clip float64, seed libtorch.Seed) (loss, norm float64, tokens int, err error) {
	l.Model.Training = true
	defer func() { l.Model.Training = false }()
	b, targets := batch(rows)
	err = libtorch.Run(l.Model.Device(), func(s *libtorch.Scope) error {
		seed.SeedDropout(opt.step)
		l := s.CrossEntropy(l.logits(s, b, l.past(s)), s.Ints(targets))
		loss = l.Item()
		l.Backward()
		norm = libtorch.ClipGradNorm(opt.params(), clip)
		if !math.IsNaN(loss+norm) && !math.IsInf(loss+norm, 0) {
			opt.update(factor)
		}
		return nil
	})
	return loss, norm, len(b.IDs), err
}

func notFinite(loss, norm float64, step int, rows []Item, examples []datasets.Example) error {
	x := examples[rows[0].Example]
	y := examples[rows[len(rows)-1].Example]
	return fmt.Errorf("step %d: the loss is %v and the gradient norm %v, in the batch from %s:%d to line %d: lower --learning-rate, or use --dtype float32",
		step+1, loss, norm, x.File, x.Line, y.Line)
}
