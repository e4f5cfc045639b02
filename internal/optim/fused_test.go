package optim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"xpt/libtorch"
)

// fuse lets the CPU update as a GPU does, until the test ends.
func fuse(t *testing.T) {
	t.Helper()
	if !libtorch.AtLeast(2, 4) {
		t.Skipf("skipped, as libtorch %s has no such kernel for the CPU", libtorch.Version())
	}
	Fuses = func(libtorch.Device) bool { return true }
	t.Cleanup(func() { Fuses = libtorch.Device.IsCUDA })
}

// A fused update is the other one: parameters and moments agree over steps with a decay, clipped and not, also of a parameter
// that gets no gradient, one by rows, and one that does not lie in one piece.
func TestFusedAdamWEqualsTheOther(t *testing.T) {
	const d = 33
	train := func(dev libtorch.Device, clips []float32) (out []float32) {
		rng := rand.New(rand.NewPCG(4, 4))
		err := libtorch.Run(dev, func(s *libtorch.Scope) error {
			var all []Moving
			for i := range 4 {
				start := s.Floats(random(rng, d*d), d, d)
				if i == 3 {
					start = s.Transpose(start, 0, 1)
				}
				p, err := libtorch.NewParameter(start)
				if err != nil {
					return err
				}
				all = append(all, Moving{Param: s.Adopt(p), ExpAvg: s.Zeros(libtorch.Float32, d, d), ExpAvgSq: s.Zeros(libtorch.Float32, d, d)})
			}
			for k, clip := range clips {
				weigh := func(x *libtorch.Tensor) {
					s.Mean(s.Mul(x, s.Floats(random(rng, len(x.Float32s())), x.Shape()...))).Backward()
				}
				weigh(all[0].Param)
				weigh(s.Embedding(all[1].Param, s.Ints([]int{3, 0, 3}), -1))
				weigh(all[3].Param)
				usual.Step(all, s.Floats([]float32{clip}), k+1)
				for _, x := range all {
					x.Param.ClearGrad()
				}
			}
			for _, x := range all {
				out = append(append(append(out, x.Param.Float32s()...), x.ExpAvg.Float32s()...), x.ExpAvgSq.Float32s()...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	clips := []float32{1, 0.3, 0.07, 1, 0.5}
	want := train(libtorch.CPU, clips)
	fuse(t)
	devices := []libtorch.Device{libtorch.CPU}
	if gpu, err := libtorch.ParseDevice("cuda"); err == nil {
		devices = append(devices, gpu)
	}
	for _, dev := range devices {
		got := train(dev, clips)
		for i := range want {
			if !(math.Abs(float64(got[i]-want[i])) <= 1e-6*math.Max(1, math.Abs(float64(want[i])))) {
				t.Fatalf("%v: element %d is %v, want %v", dev, i, got[i], want[i])
			}
		}
		if slices.Equal(got, want) {
			t.Errorf("%v: the same bits: nothing was fused", dev)
		}
	}
}

// What a fused update would move by no numbers stays.
func TestFusedAdamWStaysWhereGradientsAreNotFinite(t *testing.T) {
	fuse(t)
	p, q := one(t), one(t)
	err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
		zero := func() *libtorch.Tensor { return s.Zeros(libtorch.Float32, 1) }
		all := []Moving{{p, zero(), zero(), nil}, {q, zero(), zero(), nil}}
		s.Add(s.Scale(p, 2), s.Scale(q, math.Inf(1))).Backward()
		_, clip := GradNorm(s, []*libtorch.Tensor{p, q}, 1)
		usual.Step(all, clip, 1)
		for _, x := range all {
			if got := []float64{x.Param.Item(), x.ExpAvg.Item(), x.ExpAvgSq.Item()}; !slices.Equal(got, []float64{1, 0, 0}) {
				t.Errorf("a parameter and its moments became %v", got)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
