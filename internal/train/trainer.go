package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"xpt/datasets"
	"xpt/internal/interrupted"
	"xpt/internal/random"
	"xpt/internal/ranks"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// Trainer trains a learner on rows. It continues from its Progress, and all that it does depends on
// that, the options and the state of parameters and optimizer, so that a training that was cut ends
// as it would have, bit for bit.
type Trainer struct {
	*Learner
	Progress

	// SumGradients, where it is not nil, runs in every step between the backward pass and the
	// gradient norm. A training in several processes sums the gradients of params over them there.
	// A parameter that the batch did not reach has no gradient.
	SumGradients func(params []*libtorch.Tensor) error

	options   training.Options
	items     []Item
	languages [][]Item // items by source language; nil: one
	examples  []datasets.Example
	order     [][]Item // of the epoch
	opt       *optimizer
	reducer   *reducer        // of several processes; nil for one
	agreed    agreed          // by them in the last step
	ctx       context.Context // of train; nil before
	seed      random.Seed
	run       *Run                                   // that states and metrics are kept in; nil for none
	devScore  func(context.Context) (float64, error) // of the parameters on the dev set; larger is better
	listen    func(training.Event)

	started     time.Time
	before      float64 // seconds of training before this process
	saves       saves
	maxInFlight int // steps whose numbers may not have been read
	inFlight    []*step
	settled     time.Time // the last one
}

// Progress is where a training stands: with the parameters and the optimizer's state, all that the
// rest of it depends on.
type Progress struct {
	Step           int     `json:"step"`    // updates done
	Best           float64 `json:"best"`    // of the dev scores so far
	LastEvalStep   int     `json:"rated"`   // step of the last evaluation; 0 for none
	EvalsSinceBest int     `json:"stale"`   // evaluations since the best one
	Seconds        float64 `json:"seconds"` // of training
}

// NewTrainer makes a trainer of l on the items of examples that have a target, with no step done.
// listen, unless nil, is called with each event. The trainer is to be freed before l is closed.
func NewTrainer(l *Learner, items []Item, examples []datasets.Example, o training.Options, listen func(training.Event)) (*Trainer, error) {
	items = slices.DeleteFunc(slices.Clone(items), func(item Item) bool { return item.targets() == 0 })
	if len(items) == 0 {
		return nil, usererror.Errorf("none of the %d training examples has a label", len(examples))
	}
	adapted := l.adapter.Parameters()
	if err := l.Model.Prepare(xglm.Many, len(adapted) > 0); err != nil {
		return nil, err
	}
	byRows := l.Head != nil && l.Model.Device() == libtorch.CPU // gradients of tables: an LM head that is tied to one has a dense gradient
	sharded := l.Ranks != nil && o.Optimizer == "adamw" && o.Method == Full.Name
	elsewhere := func(p xglm.Parameter) bool { return sharded && !(p.Table && byRows) }
	opt, err := newOptimizer(o.Optimizer, elsewhere, group{adapted, o.LearningRate, o.WeightDecay}, group{l.headParameters(), o.HeadRate, o.HeadDecay})
	if err != nil {
		return nil, err
	}
	if listen == nil {
		listen = func(training.Event) {}
	}
	t := &Trainer{Learner: l, items: items, examples: examples, options: o, listen: listen, opt: opt, seed: random.Seed(o.Seed),
		saves: saves{pause: savePause}, maxInFlight: maxInFlight(l.Model.Device())}
	if l.Ranks != nil {
		t.maxInFlight = 0 // the processes agree on a step's numbers before the next
		if t.reducer, err = newReducer(l.Ranks, opt, byRows, sharded); err != nil {
			opt.free()
			return nil, err
		}
	}
	return t, nil
}

// Free frees the optimizer's state.
func (t *Trainer) Free() {
	if t.reducer != nil {
		t.reducer.free()
	}
	t.opt.free()
}

// train goes from t.Progress to the end of the training.
func (t *Trainer) train(ctx context.Context) error {
	t.ctx = ctx
	t.started, t.before = time.Now(), t.Seconds
	t.saves.last, t.saves.step = t.started, t.Step
	t.opt.step = t.Step
	for {
		if t.evaluationDue() {
			if err := t.evaluate(ctx); err != nil {
				return t.interrupted(ctx, err)
			}
		}
		if t.finished() {
			return nil
		}
		if err := t.stopped(ctx); err != nil {
			return t.interrupted(ctx, err)
		}
		rows, epoch := t.nextBatch()
		if err := t.TrainStep(rows, epoch, t.rateFactor()); err != nil {
			return err
		}
		if t.saveDue() {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
}

// stopping tells that this process is to stop.
func (t *Trainer) stopping() bool { return t.ctx != nil && t.ctx.Err() != nil }

// stopped is the error of a training that ends here: of several processes by the same step, once one of them was told to stop.
func (t *Trainer) stopped(ctx context.Context) error {
	switch {
	case t.reducer == nil:
		return ctx.Err()
	case t.agreed.stop:
		return ranks.Stopped(ctx.Err())
	}
	return nil
}

// perEpoch and total count steps.
func (t *Trainer) perEpoch() int {
	return (len(t.items) + t.options.BatchSize - 1) / t.options.BatchSize
}

func (t *Trainer) total() int {
	if t.options.Steps > 0 {
		return t.options.Steps
	}
	return t.perEpoch() * t.options.Epochs
}

func (t *Trainer) finished() bool {
	return t.Step >= t.total() || t.options.Patience > 0 && t.EvalsSinceBest >= t.options.Patience
}

// nextBatch gives the rows of the next step, and its epoch.
func (t *Trainer) nextBatch() (rows []Item, epoch int) {
	epoch, at := t.Step/t.perEpoch()+1, t.Step%t.perEpoch()
	if t.order == nil || at == 0 {
		rows := t.items
		if t.options.Temperature > 1 {
			rows = sampled(t.languages, t.options.Temperature, t.seed.Stream("languages", epoch))
		}
		t.order = shuffled(rows, t.options.BatchSize, t.seed.Stream("order", epoch))
	}
	return t.order[at], epoch
}

// rateFactor is the schedule's share of the peak rates in the next step.
func (t *Trainer) rateFactor() float64 {
	warmUp := int(math.Ceil(t.options.WarmUp * float64(t.total())))
	return schedule(t.options.Schedule, t.Step, warmUp, t.total())
}

// evaluationDue says whether the dev set is to be asked after t.Step steps. An evaluation that was
// cut is due again.
func (t *Trainer) evaluationDue() bool {
	return t.Step > t.LastEvalStep && (t.Step%t.evaluationPause() == 0 || t.Step >= t.total())
}

// evaluationPause is the number of steps from one evaluation to the next.
func (t *Trainer) evaluationPause() int {
	if t.options.EvalEvery > 0 {
		return t.options.EvalEvery
	}
	if t.options.Shots > 0 { // epochs of a few rows, and the last state is kept
		return t.total()
	}
	return t.perEpoch()
}

// evaluate rates the parameters, keeps them where they are the best so far, and saves.
func (t *Trainer) evaluate(ctx context.Context) error {
	if err := t.Settle(); err != nil {
		return err
	}
	score, err := t.devScore(ctx)
	if err != nil {
		return err
	}
	if !finite(score) {
		return Diverged{usererror.Errorf("step %d: the dev score is %v%s", t.Step, score, t.afterwards())}
	}
	// The source languages' dev sets would choose the state before any shot of another language told.
	best := t.LastEvalStep == 0 || score > t.Best || t.options.Shots > 0
	epoch := (t.Step + t.perEpoch() - 1) / t.perEpoch()
	e := training.Evaluation{Step: t.Step, Epoch: epoch, Score: score, Best: best, Seconds: t.elapsed()}
	if t.run != nil {
		if err := t.run.keep(e, t.Learner); err != nil {
			return err
		}
	}
	t.listen(e)
	t.LastEvalStep, t.EvalsSinceBest = t.Step, t.EvalsSinceBest+1
	if best {
		t.Best, t.EvalsSinceBest = score, 0
	}
	return t.save()
}

// saves say how a training keeps its state.
type saves struct {
	pause time.Duration // at most between two of them, where SaveEvery says nothing
	last  time.Time
	took  time.Duration // the last one
	step  int           // that it was after; 0 for none
}

// savePause is how much of a training a kill may cost.
const savePause = 10 * time.Minute

// due tells whether it is time again. Where a state is large and the disk slow saving takes at most a
// fiftieth of the time.
func (s saves) due() bool { return time.Since(s.last) >= max(s.pause, 50*s.took) }

func (t *Trainer) saveDue() bool {
	if every := t.options.SaveEvery; every > 0 {
		return t.Step%every == 0
	}
	if t.reducer != nil {
		return t.agreed.save
	}
	return t.saves.due()
}

func (t *Trainer) save() error {
	if err := t.Settle(); err != nil {
		return err
	}
	began := time.Now()
	t.Seconds = t.elapsed()
	if t.run != nil {
		if err := t.run.saveState(t); err != nil {
			return err
		}
	} else if t.reducer != nil && t.reducer.Rank > 0 {
		if err := t.giveMoments(); err != nil {
			return err
		}
	}
	t.saves.last, t.saves.took, t.saves.step = time.Now(), time.Since(began), t.Step
	t.listen(training.Saved{Step: t.Step})
	return nil
}

// interrupted saves before a training stops early by ctx. An evaluation that was cut is asked for
// again when it goes on.
func (t *Trainer) interrupted(ctx context.Context, err error) error {
	if lost := t.Ranks.Lost(); lost != nil {
		return lost
	}
	if !errors.Is(err, context.Canceled) && (ctx.Err() == nil || !errors.Is(err, ctx.Err())) {
		return err
	}
	if t.Step > 0 {
		if saved := t.save(); saved != nil {
			return saved
		}
	}
	switch {
	case t.run == nil:
		return interrupted.Errorf(err, "stopped after step %d of %d", t.Step, t.total())
	case t.Step == 0:
		return interrupted.Errorf(err, "stopped before the first step: xpt train --resume --out %s begins it", t.run.dir)
	}
	return interrupted.Errorf(err, "stopped after step %d of %d, and saved: xpt train --resume --out %s goes on", t.Step, t.total(), t.run.dir)
}

func (t *Trainer) elapsed() float64 { return t.before + time.Since(t.started).Seconds() }

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

func (t *Trainer) notFinite(p *step) error {
	if p.Step.Step == 1 { // no training has changed them yet
		if err := t.Model.CheckFinite(); err != nil {
			return err
		}
	}
	var places []string
	for _, row := range p.rows {
		x := t.examples[row.Example]
		places = append(places, fmt.Sprintf("%s:%d", x.File, x.Line))
	}
	return Diverged{usererror.Errorf("step %d: the loss is %v and the gradient norm %v%s; the batch was %s", p.Step.Step, p.Loss, p.Norm, t.afterwards(), strings.Join(places, ", "))}
}

// Diverged is the error of a training whose loss, gradients or dev score are not finite.
type Diverged struct{ error }

func (d Diverged) Unwrap() error { return d.error }

// afterwards says what is left of a training whose numbers are not finite, and what to do.
func (t *Trainer) afterwards() string {
	kept := "nothing was saved before it"
	if t.saves.step > 0 {
		kept = fmt.Sprintf("the last good state, after step %d, is kept", t.saves.step)
	}
	return fmt.Sprintf("; %s: lower --learning-rate, or use --dtype float32", kept)
}
