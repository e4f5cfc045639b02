package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"xpt/internal/memory"
	"xpt/libtorch"
)

var usual = AdamW{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01}

// AdamW's first steps by hand: with a constant gradient the moments' bias
// corrections cancel, so each step moves by lr and decays by lr*wd.
func TestAdamWStep(t *testing.T) {
	p := one(t)
	err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
		m, v := s.Zeros(libtorch.Float32, 1), s.Zeros(libtorch.Float32, 1)
		want := 1.0
		for step := 1; step <= 3; step++ {
			s.Scale(p, 0.5).Backward()
			usual.Step([]Moving{{p, m, v, nil}}, s.Floats([]float32{1}), step)
			p.ClearGrad()
			want = want*(1-0.1*0.01) - 0.1
			if got := p.Item(); math.Abs(got-want) > 1e-6 {
				t.Errorf("after step %d: %v, want %v", step, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A table's rows move as under the whole gradient, bit for bit: those of the
// step, those of earlier steps, and the others, which only decay.
func TestAdamWOfATable(t *testing.T) {
	const rows, d, steps = 40, 20, 5
	train := func(sparse bool) (values, moments []float32, seen []byte) {
		rng := rand.New(rand.NewPCG(1, 1))
		start := make([]float32, rows*d)
		for i := range start {
			start[i] = float32(rng.NormFloat64())
		}
		err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
			p, err := libtorch.NewParameter(s.Floats(start, rows, d))
			if err != nil {
				return err
			}
			defer p.Free()
			m, v := s.Zeros(libtorch.Float32, rows, d), s.Zeros(libtorch.Float32, rows, d)
			if sparse {
				m, v, seen = UntouchedZeros(s, rows, d), UntouchedZeros(s, rows, d), make([]byte, rows)
			}
			for step := 1; step <= steps; step++ {
				ids := s.Ints(rng.Perm(rows / 2)[:3]) // never the upper half
				x := s.Embedding(p, ids, -1)
				if !sparse {
					x = s.IndexSelect(p, 0, ids)
				}
				s.Mean(s.Mul(x, x)).Backward()
				usual.Step([]Moving{{p, m, v, seen}}, s.Floats([]float32{1}), step)
				p.ClearGrad()
			}
			values, moments = p.Float32s(), append(m.Float32s(), v.Float32s()...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return values, moments, seen
	}
	wantValues, wantMoments, _ := train(false)
	values, moments, seen := train(true)
	if !slices.Equal(values, wantValues) {
		t.Error("the table's values differ")
	}
	if !slices.Equal(moments, wantMoments) {
		t.Error("the moments differ")
	}
	for r, mark := range seen {
		if moved := slices.ContainsFunc(wantMoments[r*d:][:d], func(m float32) bool { return m != 0 }); moved != (mark != 0) {
			t.Errorf("row %d is marked %d, and has moments: %v", r, mark, moved)
		}
	}
}

// The norm counts a row that was looked up twice as the sum of both.
func TestGradNormOfATable(t *testing.T) {
	err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
		p, err := libtorch.NewParameter(s.Floats([]float32{1, 2, 3, 4, 5, 6}, 3, 2))
		if err != nil {
			return err
		}
		defer p.Free()
		s.Scale(s.Mean(s.Embedding(p, s.Ints([]int{2, 0, 2}), -1)), 6).Backward() // gradients 1, 1; 0, 0; 2, 2
		if norm, _ := GradNorm(s, []*libtorch.Tensor{p}, 1); math.Abs(norm.Item()-math.Sqrt(10)) > 1e-6 {
			t.Errorf("norm %v, want the root of 10", norm.Item())
		}
		if got := s.Grad(p).Float32s(); !slices.Equal(got, []float32{1, 1, 0, 0, 2, 2}) {
			t.Errorf("the gradient became %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUntouchedZerosTakeNoMemory(t *testing.T) {
	const rows, d = 1 << 18, 1024 // 1 GB
	before := memory.Peak()
	if before == 0 {
		t.Skip("this system does not say what memory is used")
	}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		x := UntouchedZeros(s, rows, d)
		few := []int{0, 1000, rows - 1}
		s.Put(x, 0, s.Ints(few), s.Floats(slices.Repeat([]float32{3}, len(few)*d), len(few), d))
		for r, want := range map[int]float32{0: 3, 1: 0, 1000: 3, rows - 1: 3} {
			if got := s.Narrow(x, 0, r, 1).Float32s()[d-1]; got != want {
				t.Errorf("row %d holds %v, want %v", r, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if grown := memory.Peak() - before; grown > 64<<20 {
		t.Errorf("%d bytes for three rows", grown)
	}
}
