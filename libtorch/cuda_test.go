package libtorch

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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

// A fetched tensor has the values that it had when it was asked for, whatever is computed after it.
func TestFetchFromTheGPU(t *testing.T) {
	gpu := onGPU(t)
	const n = 1 << 16
	err := NoGrad(gpu, func(s *Scope) error {
		x := s.Floats(slices.Repeat([]float32{1}, n), n)
		var fetches []*Fetch
		for range 10 {
			fetches = append(fetches, x.Fetch())
			x.Write(0, 0, s.Scale(x, 2))
		}
		for i, f := range fetches {
			got, err := f.Values()
			if want := slices.Repeat([]float32{float32(int(1) << i)}, n); err != nil || !slices.Equal(got, want) {
				t.Errorf("fetch %d: %v and %v..., want %v", i, err, got[:min(3, len(got))], want[0])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Launches that were recorded are not run, and each replay runs them on what lies there then.
func TestRecordedLaunchesRepeat(t *testing.T) {
	gpu := onGPU(t)
	if !CanRecord(gpu) {
		t.Skip("skipped, as this libtorch has no CUDA graphs")
	}
	err := NoGrad(gpu, func(s *Scope) error {
		x, w := s.Floats([]float32{1, 2, 3, 4}, 2, 2), s.Floats([]float32{0, 1, 1, 1}, 2, 2)
		step := func() { s.Do(func(s *Scope) { x.Write(0, 0, s.Matmul(x, w)) }) }
		step()
		graph := Record(gpu, step)
		defer graph.Free()
		if got := x.Float32s(); !slices.Equal(got, []float32{2, 3, 4, 7}) {
			t.Errorf("after a step and a recording: %v", got)
		}
		graph.Replay()
		graph.Replay()
		if got := x.Float32s(); !slices.Equal(got, []float32{5, 8, 11, 18}) {
			t.Errorf("after two replays: %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = NoGrad(gpu, func(s *Scope) error { // a recording that fails leaves the stream as it was
		Record(gpu, func() { s.Matmul(s.Zeros(Float32, 2, 3), s.Zeros(Float32, 2, 3)) })
		return nil
	})
	if err == nil {
		t.Error("an operation that fails was recorded")
	}
	err = NoGrad(gpu, func(s *Scope) error {
		if got := s.Scale(s.Floats([]float32{3}, 1), 2).Item(); got != 6 {
			t.Errorf("after it twice 3 is %v", got)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A GPU that is full, also while launches are recorded, is told of by the error alone, and computes what fits it afterwards.
func TestFullGPU(t *testing.T) {
	gpu := onGPU(t)
	fill := func(s *Scope) {
		for range 1 << 20 {
			s.Empty(Float32, 1<<28)
		}
	}
	for _, name := range []string{"computing", "recording"} {
		if name == "recording" && !CanRecord(gpu) {
			continue
		}
		var err error
		printed := stderrOf(t, func() {
			err = NoGrad(gpu, func(s *Scope) error {
				if s.Empty(Float32, 1); name == "computing" {
					fill(s)
				} else {
					Record(gpu, func() { fill(s) })
				}
				return nil
			})
		})
		if err == nil || !strings.Contains(err.Error(), "the GPU is out of memory: 1024.00 MiB more were asked for") || printed != "" {
			t.Errorf("%s: error %v beside %q", name, err, printed)
		}
		err = NoGrad(gpu, func(s *Scope) error {
			x := s.Floats([]float32{3}, 1)
			step := func() { x.Write(0, 0, s.Scale(x, 2)) }
			step()
			if got := x.Item(); got != 6 {
				t.Errorf("%s: after it twice 3 is %v", name, got)
			}
			if !CanRecord(gpu) {
				return nil
			}
			graph := Record(gpu, step)
			defer graph.Free()
			graph.Replay()
			if got := x.Item(); got != 12 {
				t.Errorf("%s: after it twice 6 is %v", name, got)
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: after it: %v", name, err)
		}
	}
}

// stderrOf is what fn prints on standard error, libtorch's own lines too.
func stderrOf(t *testing.T, fn func()) string {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	was, err := syscall.Dup(2)
	if err == nil {
		err = syscall.Dup3(int(file.Fd()), 2, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	fn()
	if err := errors.Join(syscall.Dup3(was, 2, 0), syscall.Close(was)); err != nil {
		t.Fatal(err)
	}
	printed, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(printed)
}

// Weights are cast together in a launch or few, to the same values.
func TestCastAllOnTheGPU(t *testing.T) {
	gpu := onGPU(t)
	rng := rand.New(rand.NewPCG(5, 5))
	err := Run(gpu, func(s *Scope) error {
		var params []*Tensor
		for i := range 40 {
			p, err := NewParameter(s.Floats(random(rng, 3*(i+1)), 3, i+1))
			if err != nil {
				return err
			}
			params = append(params, s.Adopt(p))
		}
		var want [][]float32
		for _, p := range params {
			want = append(want, s.To(p, gpu, BFloat16).Float32s())
		}
		s.CastAll(params, BFloat16)
		for i, p := range params {
			if got := s.To(p, gpu, BFloat16).Float32s(); !slices.Equal(got, want[i]) {
				t.Errorf("tensor %d is %v, want %v", i, got, want[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
