package train

import (
	"slices"
	"time"

	"xpt/libtorch"
	"xpt/internal/memory"
)

// unread is how many steps may be under way before the numbers of the first of
// them are read. A GPU that is given the next step first never waits for the
// host; the CPU has nothing to wait for. Tests change it.
var unread = func(dev libtorch.Device) int {
	if dev.IsCUDA() {
		return 1
	}
	return 0
}

// pending is a step whose numbers may still be on the device: Loss and Norm are
// zero until they are read.
type pending struct {
	Step
	rows   []Item
	start  time.Time
	losses []*libtorch.Tensor // of the batch's parts
	norm   *libtorch.Tensor   // nil once read
}

// read waits for the numbers. A second call does nothing.
func (p *pending) read() error {
	if p.norm == nil {
		return nil
	}
	defer p.free()
	return libtorch.NoGrad(p.norm.Device(), func(*libtorch.Scope) error {
		for _, l := range p.losses {
			p.Loss += l.Item()
		}
		p.Norm = p.norm.Item()
		return nil
	})
}

func (p *pending) finite() bool { return finite(p.Loss, p.Norm) }

func (p *pending) free() {
	for _, t := range append(p.losses, p.norm) {
		t.Free()
	}
	p.losses, p.norm = nil, nil
}

// settle reads the numbers of all steps but the last left ones and reports
// them. Nothing that is made from a step may be evaluated or saved before that:
// its numbers may turn out not to be finite.
func (t *trainer) settle(left int) error {
	for len(t.pending) > left {
		p := t.pending[0]
		t.pending = slices.Delete(t.pending, 0, 1)
		if err := p.read(); err != nil {
			return err
		}
		if !p.finite() {
			return t.notFinite(p)
		}
		if t.settled.After(p.start) { // until then the device was busy with the step before
			p.start = t.settled
		}
		t.settled = time.Now()
		p.Speed, p.Peak = float64(p.Tokens)/t.settled.Sub(p.start).Seconds(), memory.Peak()
		if err := t.hooks.Step(p.Step, t.total()); err != nil {
			return err
		}
	}
	return nil
}

// free frees the optimizer's state and what was not settled.
func (t *trainer) free() {
	for _, p := range t.pending {
		p.free()
	}
	t.opt.free()
}
