package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"xpt/libtorch"
)

// The factor is that of torch.nn.utils.clip_grad_norm_, rounded once.
func TestGradNorm(t *testing.T) {
	a, b, none := one(t), one(t), one(t)
	err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
		s.Add(s.Scale(a, 3), s.Scale(b, 4)).Backward()
		for max, want := range map[float64]float32{1: float32(1 / (5 + 1e-6)), 0.3: float32(0.3 / (5 + 1e-6)), 5: float32(5 / (5 + 1e-6)), 6: 1, 0: 1, -1: 1} {
			norm, clip := GradNorm(s, []*libtorch.Tensor{a, none, b}, max)
			if norm.Item() != 5 || clip.Float32s()[0] != want || norm.DType() != libtorch.Float32 || clip.DType() != libtorch.Float32 || len(clip.Shape()) != 0 {
				t.Errorf("with at most %v: norm %v and factor %v, want 5 and %v", max, norm.Item(), clip.Item(), want)
			}
		}
		for _, max := range []float64{1, 0} {
			s.Scale(none, math.Inf(1)).Backward()
			if _, clip := GradNorm(s, []*libtorch.Tensor{a, none, b}, max); !math.IsNaN(clip.Item()) {
				t.Errorf("with at most %v: factor %v of an infinite gradient, want NaN", max, clip.Item())
			}
			none.ClearGrad()
		}
		if norm, clip := GradNorm(s, []*libtorch.Tensor{none}, 1); norm.Item() != 0 || clip.Item() != 1 {
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
	adamW := func(p *libtorch.Tensor, state []*libtorch.Tensor, clip *libtorch.Tensor, step int) {
		usual.Step([]Moving{{p, state[0], state[1], nil}}, clip, step)
	}
	adafactor := func(p *libtorch.Tensor, state []*libtorch.Tensor, clip *libtorch.Tensor, step int) {
		Adafactor{LR: 0.1, WeightDecay: 0.01}.Step(p, state, clip, step)
	}
	seen := make([]byte, n)
	whole := func(s *libtorch.Scope, p *libtorch.Tensor, _ *rand.Rand) *libtorch.Tensor { return p }
	for name, c := range map[string]struct {
		shape []int
		state [][]int
		lead  func(s *libtorch.Scope, p *libtorch.Tensor, rng *rand.Rand) *libtorch.Tensor // what the loss is made of
		step  func(p *libtorch.Tensor, state []*libtorch.Tensor, clip *libtorch.Tensor, step int)
	}{
		"AdamW":              {[]int{n * n}, [][]int{{n * n}, {n * n}}, whole, adamW},
		"AdamW's operations": {[]int{n, n}, [][]int{{n, n}, {n, n}}, whole, adamW},
		"AdamW of a table": {[]int{n, n}, [][]int{{n, n}, {n, n}}, func(s *libtorch.Scope, p *libtorch.Tensor, rng *rand.Rand) *libtorch.Tensor {
			return s.Embedding(p, s.Ints(rng.Perm(n)[:rows]), -1)
		}, func(p *libtorch.Tensor, state []*libtorch.Tensor, clip *libtorch.Tensor, step int) {
			usual.Step([]Moving{{p, state[0], state[1], seen}}, clip, step)
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
			err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
				start := s.Floats(random(rng, n*n), c.shape...)
				if name == "AdamW's operations" {
					start = s.Transpose(start, 0, 1)
				}
				p, err := libtorch.NewParameter(start)
				if err != nil {
					return err
				}
				defer p.Free()
				var state []*libtorch.Tensor
				for _, shape := range c.state {
					state = append(state, s.Zeros(libtorch.Float32, shape...))
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

// random returns n numbers from N(0, 1).
func random(rng *rand.Rand, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(rng.NormFloat64())
	}
	return out
}

// one is a parameter of that value.
func one(t *testing.T) (p *libtorch.Tensor) {
	t.Helper()
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		p, err = libtorch.NewParameter(s.Floats([]float32{1}, 1))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Free)
	return p
}
