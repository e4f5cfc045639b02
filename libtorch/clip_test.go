package libtorch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// The factor is that of torch.nn.utils.clip_grad_norm_, rounded once.
func TestGradNorm(t *testing.T) {
	a, _ := NewParameter(mustMapped(t, []float32{1}))
	b, _ := NewParameter(mustMapped(t, []float32{1}))
	none, _ := NewParameter(mustMapped(t, []float32{1}))
	for _, p := range []*Tensor{a, b, none} {
		defer p.Free()
	}
	err := Run(CPU, func(s *Scope) error {
		s.Add(s.Scale(a, 3), s.Scale(b, 4)).Backward()
		for max, want := range map[float64]float32{1: float32(1 / (5 + 1e-6)), 0.3: float32(0.3 / (5 + 1e-6)), 5: float32(5 / (5 + 1e-6)), 6: 1, 0: 1, -1: 1} {
			norm, clip := s.GradNorm([]*Tensor{a, none, b}, max)
			if norm.Item() != 5 || clip.Float32s()[0] != want || norm.DType() != Float32 || clip.DType() != Float32 || len(clip.Shape()) != 0 {
				t.Errorf("with at most %v: norm %v and factor %v, want 5 and %v", max, norm.Item(), clip.Item(), want)
			}
		}
		if norm, clip := s.GradNorm([]*Tensor{none}, 1); norm.Item() != 0 || clip.Item() != 1 {
			t.Errorf("without gradients: norm %v and factor %v", norm.Item(), clip.Item())
		}
		if got := s.Grad(b).Item(); got != 4 {
			t.Errorf("the gradient became %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A clipped step is that of a gradient scaled in memory, bit for bit: in the
// kernels of the CPU, of a table, and in the operations that a GPU takes, which
// are those of a parameter that does not lie in one piece.
func TestClippedStepEqualsThatOfAScaledGradient(t *testing.T) {
	const n, rows = 64, 8 // powers of 2, so that a mean's gradient is exact
	const clip = 0.3
	adamW := func(p *Tensor, state []*Tensor, clip *Tensor, step int) {
		AdamWStep(p, state[0], state[1], nil, clip, 0.1, 0.9, 0.999, 1e-8, 0.01, step)
	}
	adafactor := func(p *Tensor, state []*Tensor, clip *Tensor, step int) {
		AdafactorStep(p, state, clip, 0.1, 0.01, step)
	}
	seen := make([]byte, n)
	whole := func(s *Scope, p *Tensor, _ *rand.Rand) *Tensor { return p }
	for name, c := range map[string]struct {
		shape []int
		state [][]int
		lead  func(s *Scope, p *Tensor, rng *rand.Rand) *Tensor // what the loss is made of
		step  func(p *Tensor, state []*Tensor, clip *Tensor, step int)
	}{
		"AdamW":              {[]int{n * n}, [][]int{{n * n}, {n * n}}, whole, adamW},
		"AdamW's operations": {[]int{n, n}, [][]int{{n, n}, {n, n}}, whole, adamW},
		"AdamW of a table": {[]int{n, n}, [][]int{{n, n}, {n, n}}, func(s *Scope, p *Tensor, rng *rand.Rand) *Tensor {
			return s.Embedding(p, s.Ints(rng.Perm(n)[:rows]), -1)
		}, func(p *Tensor, state []*Tensor, clip *Tensor, step int) {
			AdamWStep(p, state[0], state[1], seen, clip, 0.1, 0.9, 0.999, 1e-8, 0.01, step)
		}},
		"Adafactor of a matrix": {[]int{n, n}, [][]int{{n, 1}, {1, n}}, whole, adafactor},
		"Adafactor of a vector": {[]int{n * n}, [][]int{{n * n}}, whole, adafactor},
	} {
		run := func(inMemory, after float32) (out []float32) {
			rng := rand.New(rand.NewPCG(2, 2))
			scaled := func(n int, by float32) []float32 {
				x := random(rng, n)
				for i := range x {
					x[i] *= by
				}
				return x
			}
			clear(seen)
			err := Run(CPU, func(s *Scope) error {
				start := s.Floats(random(rng, n*n), c.shape...)
				if name == "AdamW's operations" {
					start = s.Transpose(start, 0, 1)
				}
				p, err := NewParameter(start)
				if err != nil {
					return err
				}
				defer p.Free()
				var state []*Tensor
				for _, shape := range c.state {
					state = append(state, s.Zeros(Float32, shape...))
				}
				for step := 1; step <= 3; step++ {
					x := c.lead(s, p, rng)
					s.Mean(s.Mul(x, s.Floats(scaled(len(x.Float32s()), inMemory), x.Shape()...))).Backward()
					c.step(p, state, s.Floats([]float32{after}), step)
					p.ClearGrad()
				}
				for _, x := range append(state, p) {
					out = append(out, x.Float32s()...)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		got, want := run(1, clip), run(clip, 1)
		if at := slices.IndexFunc(got, func(x float32) bool { return math.IsNaN(float64(x)) }); at >= 0 || !slices.Equal(got, want) {
			t.Errorf("%s: they differ", name)
		}
		if slices.Equal(want, run(1, 1)) {
			t.Errorf("%s: a factor makes no difference", name)
		}
	}
}
