package train

import (
	"fmt"
	"slices"
	"time"

	"xpt/internal/memory"
	"xpt/internal/optim"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// step is a training step whose numbers may still be on the device: Loss and Norm are zero until
// they are read.
type step struct {
	training.Step
	rows    []Item
	started time.Time
	losses  []*libtorch.Tensor // of the batch's parts, gone with the step's scope
	numbers *libtorch.Fetch    // the losses and the norm on their way from the device; nil once read
}

// TrainStep computes the loss and the gradients of rows, in parts where asked, and updates the
// parameters at factor times their peak rates. Where its numbers are read at once and are not finite
// the parameters stay. The step is told of once its numbers are read, see [Trainer.Settle].
func (t *Trainer) TrainStep(rows []Item, epoch int, factor float64) error {
	p := &step{rows: rows, started: time.Now(), Step: training.Step{Step: t.Step + 1, Total: t.total(), Epoch: epoch,
		Rate: t.options.LearningRate * factor, Head: t.options.HeadRate * factor}}
	err := libtorch.Run(t.Model.Device(), func(s *libtorch.Scope) error {
		// Each step is seeded by itself, so that a resumed run draws the dropout of an uninterrupted one.
		if err := libtorch.ManualSeed(t.seed.Stream("dropout", t.Step).Int64()); err != nil {
			return err
		}
		if err := t.backward(s, p); err != nil {
			return err
		}
		clip, err := t.sumGradients(s, p)
		if err != nil {
			return err
		}
		if t.maxInFlight == 0 {
			if err := p.read(); err != nil {
				return err
			}
		}
		if p.finite() {
			t.opt.update(factor, clip)
			if t.reducer != nil && t.reducer.sharded {
				if err := t.reducer.update(factor, clip); err != nil {
					return err
				}
			}
			t.Step++
		}
		for _, x := range t.opt.tensors() {
			x.ClearGrad()
		}
		if t.reducer != nil {
			t.reducer.end()
		}
		return nil
	})
	if err != nil {
		if before := t.Settle(); before != nil { // what went wrong first
			return before
		}
		return err
	}
	t.inFlight = append(t.inFlight, p)
	return t.settle(t.maxInFlight)
}

// backward adds up the gradients of p's rows, or of this process's share of them, a part after the other.
func (t *Trainer) backward(s *libtorch.Scope, p *step) error {
	targets := countTargets(p.rows)
	var padding padding
	if t.reducer != nil {
		t.reducer.begin()
	}
	whole := s
	parts := slices.Collect(slices.Chunk(p.rows, (len(p.rows)+t.options.Accumulate-1)/t.options.Accumulate))
	for k, part := range parts {
		packed, _ := batch(part)
		padding.add(packed)
		if k > 0 { // so that a part's dropout does not depend on what was computed before it
			if err := libtorch.ManualSeed(t.seed.Stream(fmt.Sprintf("dropout of part %d", k), t.Step).Int64()); err != nil {
				return err
			}
		}
		own, place := ownShare(t.Ranks, part)
		n := countTargets(own)
		if n == 0 {
			continue
		}
		s.Do(func(s *libtorch.Scope) {
			b, want := batch(own)
			mode := t.mode
			mode.Place = place
			logits := t.logits(s, t.Model.Forward(s, b, t.adapter.Past(s, t.Model, t.mode), mode), own)
			loss := s.Scale(s.CrossEntropy(logits, s.Ints(want), t.options.LabelSmoothing), float64(n)/float64(targets))
			if t.reducer != nil {
				t.reducer.live = k == len(parts)-1
			}
			loss.Backward()
			p.losses = append(p.losses, whole.Adopt(s.Detach(loss)))
		})
	}
	p.Tokens, p.Padding = padding.tokens, padding.share()
	return nil
}

func countTargets(rows []Item) (n int) {
	for _, row := range rows {
		n += row.targets()
	}
	return n
}

// sumGradients completes the gradients, over the processes where there are several, and returns the factor that clips them.
func (t *Trainer) sumGradients(s *libtorch.Scope, p *step) (clip *libtorch.Tensor, err error) {
	params := t.opt.tensors()
	if t.reducer == nil {
		if t.SumGradients != nil {
			if err := t.SumGradients(params); err != nil {
				return nil, err
			}
		}
		norm, clip := optim.GradNorm(s, params, t.options.ClipNorm)
		var numbers []*libtorch.Tensor
		for _, x := range append(p.losses, norm) {
			numbers = append(numbers, s.Reshape(x, 1))
		}
		p.numbers = s.Cat(0, numbers...).Fetch()
		return clip, nil
	}
	for _, l := range p.losses {
		p.Loss += l.Item()
	}
	whole, _ := batch(p.rows)
	t.agreed, clip, err = t.reducer.finish(s, whole.IDs, agreed{loss: p.Loss, stop: t.stopping(), save: t.saves.due()}, t.options.ClipNorm)
	p.Loss, p.Norm = t.agreed.loss, t.agreed.norm
	return clip, err
}

// padding counts what attention's padded view holds beside tokens.
type padding struct{ tokens, cells int }

func (p *padding) add(b xglm.Batch) {
	p.tokens += len(b.IDs)
	p.cells += len(b.Lengths) * slices.Max(b.Lengths)
}

func (p padding) share() float64 { return 1 - float64(p.tokens)/float64(p.cells) }

// maxInFlight is how many steps may be under way before the numbers of the first of them are read. Tests change it.
var maxInFlight = libtorch.Device.Ahead

// read waits for the numbers. A second call does nothing.
func (p *step) read() error {
	if p.numbers == nil {
		return nil
	}
	values, err := p.numbers.Values()
	if err != nil {
		return err
	}
	p.numbers = nil
	last := len(values) - 1
	for _, loss := range values[:last] {
		p.Loss += float64(loss)
	}
	p.Norm = float64(values[last])
	return nil
}

func (p *step) finite() bool { return finite(p.Loss, p.Norm) }

// Settle reads the numbers of all steps in flight, and tells of them. Nothing that is made from a
// step may be evaluated or saved before that: its numbers may turn out not to be finite.
func (t *Trainer) Settle() error { return t.settle(0) }

// settle leaves so many steps in flight.
func (t *Trainer) settle(left int) error {
	for len(t.inFlight) > left {
		p := t.inFlight[0]
		t.inFlight = slices.Delete(t.inFlight, 0, 1)
		if err := p.read(); err != nil {
			return err
		}
		if !p.finite() {
			return t.notFinite(p)
		}
		if t.settled.After(p.started) { // until then the device was busy with the step before
			p.started = t.settled
		}
		t.settled = time.Now()
		p.Seconds = t.elapsed()
		p.Speed, p.Peak = float64(p.Tokens)/t.settled.Sub(p.started).Seconds(), memory.Peak()
		if t.run != nil {
			if err := t.run.log(p.Step); err != nil {
				return err
			}
		}
		t.listen(p.Step)
	}
	return nil
}
