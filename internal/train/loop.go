package train

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"xpt/datasets"
	"xpt/internal/optim"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// Step is what one optimizer step measured.
type Step struct {
	Step    int     `json:"step"` // from 1
	Epoch   int     `json:"epoch"`
	Loss    float64 `json:"loss"`
	Norm    float64 `json:"grad_norm"` // of all gradients together, before clipping
	Rate    float64 `json:"learning_rate"`
	Head    float64 `json:"head_learning_rate"`
	Tokens  int     `json:"tokens"`
	Padding float64 `json:"padding"` // share of attention's padded view that is no token
	Speed   float64 `json:"tokens_per_second"`
	Peak    int64   `json:"peak_bytes"` // largest memory of the process so far
}

// Evaluation is what the dev set said.
type Evaluation struct {
	Step    int     `json:"step"`
	Epoch   int     `json:"epoch"`
	Score   float64 `json:"dev"` // larger is better
	Best    bool    `json:"best"`
	Seconds float64 `json:"seconds"` // of training so far
}

// Progress is where a training stands: with the parameters and the
// optimizer's state, all that the rest of it depends on.
type Progress struct {
	Step    int     `json:"step"`    // updates done
	Best    float64 `json:"best"`    // of the dev scores so far
	Rated   int     `json:"rated"`   // step of the last evaluation
	Stale   int     `json:"stale"`   // evaluations since the best one
	Seconds float64 `json:"seconds"` // of training
}

// Hooks are how a training speaks to its surroundings.
type Hooks struct {
	// Score rates the current parameters on the dev set; larger is better.
	Score func(context.Context) (float64, error)
	// Step hears of every step out of total.
	Step func(s Step, total int) error
	// Evaluated hears of every evaluation. It keeps the parameters where they
	// are the best so far.
	Evaluated func(Evaluation) error
	// Save keeps the state, at every moment that a killed training can go on from.
	Save func() error
}

// trainer is a training under way.
type trainer struct {
	*Learner
	items    []Item
	examples []datasets.Example
	o        Options
	hooks    Hooks
	opt      *optimizer
	seed     libtorch.Seed
	Progress
	started time.Time
	before  float64 // seconds of training before this process
	saves   saves
	unread  int // steps that may be pending
	pending []*pending
	settled time.Time // the last one
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

// due tells whether it is time again. Where a state is large and the disk slow
// saving takes at most a fiftieth of the time.
func (s saves) due() bool { return time.Since(s.last) >= max(s.pause, 50*s.took) }

func newTrainer(l *Learner, items []Item, examples []datasets.Example, o Options, hooks Hooks) (*trainer, error) {
	items = slices.DeleteFunc(slices.Clone(items), func(item Item) bool { return item.targets() == 0 })
	if len(items) == 0 {
		return nil, usererror.Errorf("none of the %d training examples has a label", len(examples))
	}
	if err := l.Model.Pack(l.Prompt != nil); err != nil {
		return nil, err
	}
	opt, err := newOptimizer(o.Optimizer, group{l.bodyParameters(), o.LearningRate, o.WeightDecay}, group{l.headParameters(), o.HeadRate, o.HeadDecay})
	if err != nil {
		return nil, err
	}
	return &trainer{Learner: l, items: items, examples: examples, o: o, hooks: hooks, opt: opt, seed: libtorch.Seed(o.Seed),
		saves: saves{pause: savePause}, unread: unread(l.Model.Device())}, nil
}

// perEpoch and total count steps.
func (t *trainer) perEpoch() int { return (len(t.items) + t.o.BatchSize - 1) / t.o.BatchSize }

func (t *trainer) total() int {
	if t.o.Steps > 0 {
		return t.o.Steps
	}
	return t.perEpoch() * t.o.Epochs
}

// run trains from t.Progress on. Everything that it does depends on the
// options, the progress and the state of parameters and optimizer alone, so
// that one that was cut goes on to the same end, bit for bit.
func (t *trainer) run(ctx context.Context) error {
	t.started, t.before = time.Now(), t.Seconds
	t.saves.last, t.saves.step = t.started, t.Step
	t.opt.step = t.Step
	total := t.total()
	warmUp := int(math.Ceil(t.o.WarmUp * float64(total)))
	var order [][]Item
	for {
		if t.due(total) && t.Rated != t.Step {
			if err := t.settle(0); err != nil {
				return err
			}
			if err := t.evaluate(ctx); err != nil {
				if ctx.Err() != nil {
					err = t.interrupted(err)
				}
				return err
			}
		}
		if t.Step >= total || t.o.Patience > 0 && t.Stale >= t.o.Patience {
			return nil
		}
		epoch, at := t.Step/t.perEpoch()+1, t.Step%t.perEpoch()
		if order == nil || at == 0 {
			order = shuffled(t.items, t.o.BatchSize, t.seed.Stream("order", epoch))
		}
		if err := ctx.Err(); err != nil {
			return t.interrupted(err)
		}
		if err := t.step(order[at], epoch, schedule(t.o.Schedule, t.Step, warmUp, total)); err != nil {
			return err
		}
		if every := t.o.SaveEvery; every > 0 && t.Step%every == 0 || every == 0 && t.saves.due() {
			if err := t.save(); err != nil {
				return err
			}
		}
	}
}

// due says whether the dev set is to be asked after t.Step steps.
func (t *trainer) due(total int) bool {
	every := t.o.EvalEvery
	if every == 0 {
		every = t.perEpoch()
	}
	return t.Step > 0 && (t.Step%every == 0 || t.Step >= total)
}

// interrupted saves before a training stops early. An evaluation that was cut
// is made when the training goes on.
func (t *trainer) interrupted(err error) error {
	if t.Step == 0 {
		return err
	}
	if saved := t.save(); saved != nil {
		return saved
	}
	return fmt.Errorf("stopped after step %d of %d and saved, --resume goes on (%w)", t.Step, t.total(), err)
}

func (t *trainer) save() error {
	if err := t.settle(0); err != nil {
		return err
	}
	began := time.Now()
	t.Seconds = t.elapsed()
	if err := t.hooks.Save(); err != nil {
		return err
	}
	t.saves.last, t.saves.took, t.saves.step = time.Now(), time.Since(began), t.Step
	return nil
}

func (t *trainer) elapsed() float64 { return t.before + time.Since(t.started).Seconds() }

// evaluate rates the parameters.
func (t *trainer) evaluate(ctx context.Context) error {
	score, err := t.hooks.Score(ctx)
	if err != nil {
		return err
	}
	if !finite(score) {
		return usererror.Errorf("step %d: the dev score is %v%s", t.Step, score, t.afterwards())
	}
	best := t.Rated == 0 || score > t.Best
	epoch := (t.Step + t.perEpoch() - 1) / t.perEpoch()
	if err := t.hooks.Evaluated(Evaluation{Step: t.Step, Epoch: epoch, Score: score, Best: best, Seconds: t.elapsed()}); err != nil {
		return err
	}
	t.Rated, t.Stale = t.Step, t.Stale+1
	if best {
		t.Best, t.Stale = score, 0
	}
	return t.save()
}

// step computes one batch's loss and gradients, in parts where asked, and
// updates the parameters. Where their numbers are read at once and are not
// finite the parameters stay.
func (t *trainer) step(rows []Item, epoch int, factor float64) error {
	p := &pending{rows: rows, start: time.Now(),
		Step: Step{Step: t.Step + 1, Epoch: epoch, Rate: t.o.LearningRate * factor, Head: t.o.HeadRate * factor}}
	t.Model.Training = true
	defer func() { t.Model.Training = false }()
	targets := 0
	for _, row := range rows {
		targets += row.targets()
	}
	var padding padding
	err := libtorch.Run(t.Model.Device(), func(step *libtorch.Scope) error {
		if err := t.seed.SeedDropout(t.Step); err != nil {
			return err
		}
		for part := range slices.Chunk(rows, (len(rows)+t.o.Accumulate-1)/t.o.Accumulate) {
			step.Do(func(s *libtorch.Scope) {
				b, want := batch(part)
				padding.add(b)
				mean := s.CrossEntropy(t.logits(s, b, t.past(s)), s.Ints(want), t.o.LabelSmoothing)
				share := 0.0
				for _, row := range part {
					share += float64(row.targets()) / float64(targets)
				}
				if share == 0 {
					return
				}
				l := s.Scale(mean, share)
				l.Backward()
				p.losses = append(p.losses, s.Detach(l).Keep())
			})
		}
		params := t.opt.tensors()
		norm, clip := optim.GradNorm(step, params, t.o.ClipNorm)
		p.norm = norm.Keep()
		if t.unread == 0 {
			if err := p.read(); err != nil {
				return err
			}
		}
		if p.finite() {
			t.opt.update(factor, clip)
			t.Step++
		}
		for _, x := range params {
			x.ClearGrad()
		}
		return nil
	})
	if err != nil {
		p.free()
		if before := t.settle(0); before != nil { // what went wrong first
			return before
		}
		return err
	}
	p.Tokens, p.Padding = padding.tokens, padding.share()
	t.pending = append(t.pending, p)
	return t.settle(t.unread)
}

func finite(values ...float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
}

func (t *trainer) notFinite(p *pending) error {
	if p.Step.Step == 1 { // no training has changed them yet
		if err := t.Model.CheckFinite(); err != nil {
			return err
		}
	}
	var ids []string
	for _, row := range p.rows {
		x := t.examples[row.Example]
		ids = append(ids, fmt.Sprintf("%s:%d", x.File, x.Line))
	}
	return usererror.Errorf("step %d: the loss is %v and the gradient norm %v%s; the batch was %s", p.Step.Step, p.Loss, p.Norm, t.afterwards(), strings.Join(ids, ", "))
}

// afterwards says what is left of a training whose numbers are not finite, and
// what to do.
func (t *trainer) afterwards() string {
	kept := "nothing was saved before it"
	if t.saves.step > 0 {
		kept = fmt.Sprintf("the last good state, after step %d, is kept", t.saves.step)
	}
	return fmt.Sprintf("; %s: lower --learning-rate, or use --dtype float32", kept)
}

// padding counts what attention's padded view holds beside tokens.
type padding struct{ tokens, cells int }

func (p *padding) add(b xglm.Batch) {
	p.tokens += len(b.IDs)
	p.cells += len(b.Lengths) * slices.Max(b.Lengths)
}

func (p padding) share() float64 { return 1 - float64(p.tokens)/float64(p.cells) }
