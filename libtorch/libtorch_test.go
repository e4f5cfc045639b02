package libtorch

import (
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestScopeFreesWhatItMade(t *testing.T) {
	before := Live()
	err := NoGrad(CPU, func(s *Scope) error {
		x := s.Floats([]float32{1, 2, 3, 4}, 2, 2)
		kept := s.Block(func(in *Scope) *Tensor { return in.Add(in.Scale(x, 2), x) })
		if got := Live() - before; got != 2 {
			t.Errorf("%d handles live inside the scope after a block, want x and the block's result", got)
		}
		if got := kept.Float32s(); got[3] != 12 {
			t.Errorf("3x = %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := Live(); got != before {
		t.Errorf("%d handles left behind", got-before)
	}
}

func TestFailureIsAnErrorOfOneLine(t *testing.T) {
	before := Live()
	err := NoGrad(CPU, func(s *Scope) error {
		s.Matmul(s.Floats([]float32{1, 2}, 1, 2), s.Floats([]float32{1, 2, 3}, 3, 1))
		return nil
	})
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "libtorch: matmul: ") {
		t.Errorf("error = %v, want one line that names matmul", err)
	}
	if got := Live(); got != before {
		t.Errorf("a failure leaves %d handles behind", got-before)
	}
}

func TestGradientModeNests(t *testing.T) {
	w, err := NewParameter(mustMapped(t, []float32{3}))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Free()
	err = Run(CPU, func(s *Scope) error {
		if err := NoGrad(CPU, func(in *Scope) error { in.Mul(w, w); return nil }); err != nil {
			return err
		}
		s.Mul(w, w).Backward() // needs the mode that the nested NoGrad found
		if g := s.Grad(w); g == nil || g.Item() != 6 {
			t.Errorf("d(w*w)/dw at 3 = %v, want 6", g)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAttentionEqualsItsDefinition(t *testing.T) {
	err := NoGrad(CPU, func(s *Scope) error {
		q := s.Floats([]float32{.1, .9, -.4, .2, .7, .3}, 1, 1, 3, 2)
		v := s.Floats([]float32{1, 2, 3, 4, 5, 6}, 1, 1, 3, 2)
		scores := s.Add(s.Scale(s.Matmul(q, s.Transpose(q, -1, -2)), 1/math.Sqrt2), s.CausalMask(3, 0, Float32))
		want := s.Matmul(s.Softmax(scores), v).Float32s()
		for name, got := range map[string][]float32{
			"causal": s.Attention(q, q, v, nil, true, 0).Float32s(),
			"mask":   s.Attention(q, q, v, s.CausalMask(3, 0, Float32), false, 0).Float32s(),
		} {
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > 1e-6 {
					t.Errorf("%s: %v, want %v", name, got, want)
					break
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestScatterRowsUndoesIndexSelect(t *testing.T) {
	err := NoGrad(CPU, func(s *Scope) error {
		x := s.Floats([]float32{1, 2, 3, 4}, 2, 2)
		where := s.Ints([]int{2, 0})
		wide := s.ScatterRows(x, where, 3)
		if got := wide.Float32s(); !slices.Equal(got, []float32{3, 4, 0, 0, 1, 2}) {
			t.Errorf("scattered = %v", got)
		}
		if got := s.IndexSelect(wide, 0, where).Float32s(); !slices.Equal(got, []float32{1, 2, 3, 4}) {
			t.Errorf("selected again = %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestParseDevice(t *testing.T) {
	for _, name := range []string{"gpu", "cuda:x", "cuda:-1", ""} {
		if _, err := ParseDevice(name); err == nil {
			t.Errorf("device %q is accepted", name)
		}
	}
	if dev, err := ParseDevice("cpu"); err != nil || dev != CPU {
		t.Errorf("cpu = %v, %v", dev, err)
	}
}

// A small network is trained for 2,000 steps: neither the handles nor the
// resident memory may grow.
func TestTrainingStepsLeaveMemoryFlat(t *testing.T) {
	const d = 64
	w, err := NewParameter(mustMapped(t, make([]float32, d*d), d, d))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Free()
	var rss, handles int64
	for step := 0; step < 2000; step++ {
		if step == 200 {
			rss, handles = residentBytes(t), Live()
		}
		err := Run(CPU, func(s *Scope) error {
			x := s.Zeros(Float32, 256, d)
			for i := 0; i < 4; i++ {
				x = s.Block(func(in *Scope) *Tensor { return in.GELU(in.Linear(x, w, nil)) })
			}
			s.CrossEntropy(x, s.Ints(make([]int, 256)), 0).Backward()
			w.ClearGrad()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := Live(); got != handles {
		t.Errorf("handles grew from %d to %d", handles, got)
	}
	if grown := residentBytes(t) - rss; grown > 16<<20 {
		t.Errorf("resident memory grew by %d bytes in 1,800 steps", grown)
	}
}

func mustMapped(t *testing.T, values []float32, shape ...int) *Tensor {
	t.Helper()
	if shape == nil {
		shape = []int{len(values)}
	}
	x := fromBlob(raw(values), Float32, shape, true)
	t.Cleanup(x.Free)
	return x
}

func residentBytes(t *testing.T) int64 {
	t.Helper()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc here")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}

// A dtype that an old libtorch lacks on this device is the user's to change;
// an error of libtorch would pass for a failure.
func TestParseDTypeRefusesWhatThisLibtorchLacks(t *testing.T) {
	_, err := ParseDType("float16", CPU)
	if err == nil {
		t.Skip("this libtorch computes float16 on the CPU")
	}
	var failure *Error
	if errors.As(err, &failure) || !strings.Contains(err.Error(), "use bfloat16 or float32") {
		t.Errorf("%v", err)
	}
}

// The zero Device is the CPU, and the zero DType what suits it.
func TestZeroValues(t *testing.T) {
	err := NoGrad(Device{}, func(s *Scope) error {
		for _, x := range []*Tensor{s.Zeros(0), s.Empty(0, 2), s.To(s.Ints([]int{1}), Device{}, 0)} {
			if x.Device() != CPU || x.DType() != DType(0).On(CPU) {
				t.Errorf("%v on %v", x.DType(), x.Device())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What goes wrong in a scope is an error of Run's, and the process goes on.
func TestMisuseIsAnError(t *testing.T) {
	freed := mustMapped(t, []float32{1, 2})
	freed.Free()
	for name, fn := range map[string]func(s *Scope){
		"a freed tensor":         func(s *Scope) { s.Add(freed, freed) },
		"reading a freed tensor": func(s *Scope) { freed.Float32s() },
		"a tensor of gotch's":    func(s *Scope) { s.FromGotch(nil) },
		"no tensor":              func(s *Scope) { s.Linear(nil, nil, nil) },
		"the zero scope":         func(s *Scope) { new(Scope).Zeros(Float32, 1) },
		"a dimension":            func(s *Scope) { s.Zeros(Float32, 2).Len(1) },
		"an item of many":        func(s *Scope) { s.Zeros(Float32, 2).Item() },
		"nothing to join":        func(s *Scope) { s.Cat(0) },
		"rows": func(s *Scope) {
			s.AttendPacked(s.Zeros(Float32, 3, 4), s.Zeros(Float32, 3, 4), s.Zeros(Float32, 3, 4), nil, nil, s.packRows([]int{0, 4}), 2, 0)
		},
		"heads": func(s *Scope) {
			s.AttendPacked(s.Zeros(Float32, 3, 4), s.Zeros(Float32, 3, 4), s.Zeros(Float32, 3, 4), nil, nil, s.packRows([]int{0, 3}), 0, 0)
		},
	} {
		err := NoGrad(CPU, func(s *Scope) error { fn(s); return nil })
		if failure := new(Error); !errors.As(err, &failure) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := NewParameter(freed); err == nil {
		t.Error("a parameter of a freed tensor is no error")
	}
	if err := freed.SetFloat32s([]float32{1, 2}); err == nil {
		t.Error("values for a freed tensor are no error")
	}
}
