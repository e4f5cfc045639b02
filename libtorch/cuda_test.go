package libtorch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// onGPU is the first GPU; without one the test is skipped.
func onGPU(t *testing.T) Device {
	t.Helper()
	gpu, err := ParseDevice("cuda")
	if err != nil {
		t.Skipf("skipped, as there is no GPU: %v", err)
	}
	return gpu
}

// Values get to a GPU whole, also while the memory that they came by is used
// for the next ones.
func TestValuesGetToTheGPU(t *testing.T) {
	gpu := onGPU(t)
	const n = 1 << 20
	err := NoGrad(gpu, func(s *Scope) error {
		var floats, ints []*Tensor
		for i := range 20 {
			floats = append(floats, s.Floats(slices.Repeat([]float32{float32(i)}, n), 2, n/2))
			ints = append(ints, s.Ints(slices.Repeat([]int{i}, n)))
		}
		for i := range 20 {
			if x := floats[i]; x.Device() != gpu || !slices.Equal(x.Shape(), []int{2, n / 2}) ||
				!slices.Equal(x.Float32s(), slices.Repeat([]float32{float32(i)}, n)) {
				t.Errorf("tensor %d of floats holds others", i)
			}
			if !slices.Equal(ints[i].Int64s(), slices.Repeat([]int64{int64(i)}, n)) {
				t.Errorf("tensor %d of ints holds others", i)
			}
		}
		if x := s.Ints(nil); x.Len(0) != 0 {
			t.Errorf("no values make shape %v", x.Shape())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// GPUs attend by flash kernels as attention is written out, within the rounding of bfloat16.
func TestFlashAttentionOnTheGPU(t *testing.T) {
	gpu := onGPU(t)
	for _, c := range flashCases {
		needsFlashOn(t, gpu, c.width)
		flash := func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
			up := func(x *Tensor) *Tensor {
				if x == nil {
					return nil
				}
				return s.To(x, gpu, BFloat16)
			}
			var out *Tensor
			s.on(gpu, func() { out = c.flash(c.behind, 0)(s, up(q), up(k), up(v), up(pastK), up(pastV)) })
			return s.To(out, CPU, Float32)
		}
		c.attend(t, Float32, flash).each(c.attend(t, Float32, c.continued(c.behind)), func(name string, got, want []float32) {
			if d := distance(got, want); !(d < 0.02) {
				t.Errorf("%+v: %s is %.2g away", c, name, d)
			}
		})
	}
}

// on makes tensors on a device while fn runs.
func (s *Scope) on(dev Device, fn func()) {
	defer func(was Device) { s.Device = was }(s.Device)
	s.Device = dev
	fn()
}

// needsFlashOn skips a test where libtorch has no flash kernel for the GPU.
func needsFlashOn(t *testing.T, gpu Device, width int) {
	t.Helper()
	if AttentionOn(gpu, BFloat16, width) != FlashAttention {
		t.Skip("skipped, as libtorch has no flash kernel for this GPU")
	}
}

// Of both parts the backward pass drops the weights that the forward pass did:
// the output is linear in the values, so that their products with their
// gradients are the loss.
func TestFlashAttentionDropsTheSameTwice(t *testing.T) {
	gpu := onGPU(t)
	rng := rand.New(rand.NewPCG(3, 3))
	err := Run(gpu, func(s *Scope) error {
		parameter := func(shape ...int) *Tensor {
			size := 1
			for _, n := range shape {
				size *= n
			}
			values := random(rng, size)
			for i, x := range values {
				values[i] = float32(math.Abs(float64(x)))
			}
			p, err := NewParameter(s.Floats(values, shape...))
			if err != nil {
				t.Fatal(err)
			}
			return s.Adopt(p)
		}
		half := func(x *Tensor) *Tensor { return s.To(x, gpu, BFloat16) }
		needsFlashOn(t, gpu, 64)
		c := packedCase{lengths: []int{20, 70, 70, 70}, heads: 2, width: 64, past: 20}
		q, k, v := parameter(230, 128), parameter(230, 128), parameter(230, 128)
		pastK, pastV := parameter(1, 2, 20, 64), parameter(1, 2, 20, 64)
		attend := func(dropout float64) *Tensor {
			return s.To(c.flash([]int{-1, 0, 0, 0}, dropout)(s, half(q), half(k), half(v), half(pastK), half(pastV)), gpu, Float32)
		}
		out := attend(0.5)
		if distance(out.Float32s(), attend(0).Float32s()) < 0.1 {
			t.Error("nothing fell out")
		}
		loss := s.Mean(out)
		loss.Backward()
		var sum float64
		for _, p := range []*Tensor{v, pastV} {
			gradient := s.Grad(p).Float32s()
			for i, x := range p.Float32s() {
				sum += float64(x) * float64(gradient[i])
			}
		}
		if !(math.Abs(sum-loss.Item()) < 0.01*loss.Item()) {
			t.Errorf("values and gradients make %v, and the loss is %v", sum, loss.Item())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
