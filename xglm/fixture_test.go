package xglm_test

import (
	"math"
	"path/filepath"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/xglm"
)

// fixture is what HuggingFace computed with a tiny checkpoint (testdata/xglm/make.py).
type fixture struct {
	t        *testing.T
	name     string
	dir      string
	expected *checkpoints.Checkpoint
	paths    *checkpoints.Checkpoint
}

func eachFixture(t *testing.T, fn func(t *testing.T, f fixture)) {
	for _, name := range []string{"gelu", "relu"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("..", "testdata", "xglm", name)
			open := func(name string) *checkpoints.Checkpoint {
				ck, err := checkpoints.OpenFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { ck.Close() })
				return ck
			}
			fn(t, fixture{t, name, dir, open("expected.safetensors"), open("paths.safetensors")})
		})
	}
}

func (f fixture) model(o xglm.Options) *xglm.Model {
	f.t.Helper()
	o.Device, o.DType = libtorch.CPU, libtorch.Float32
	m, err := xglm.Load(f.dir, o)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { m.Close() })
	return m
}

// weight returns a weight by its checkpoint name.
func (f fixture) weight(m *xglm.Model, name string) *libtorch.Tensor {
	f.t.Helper()
	for _, p := range m.Parameters() {
		if p.Name == name {
			return p.Tensor
		}
	}
	f.t.Fatalf("the model has no weight %q", name)
	return nil
}

func (f fixture) floats(ck *checkpoints.Checkpoint, name string) ([]float32, []int) {
	f.t.Helper()
	t, err := ck.Tensor(name)
	if err == nil && t.DType != checkpoints.F32 {
		t, err = t.As(checkpoints.F32)
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return checkpoints.Float32s(t), t.Shape
}

func (f fixture) want(name string) []float32 {
	f.t.Helper()
	values, _ := f.floats(f.expected, name)
	return values
}

func (f fixture) path(name string) []float32 {
	f.t.Helper()
	values, _ := f.floats(f.paths, name)
	return values
}

func (f fixture) ints(ck *checkpoints.Checkpoint, name string) []int {
	f.t.Helper()
	t, err := ck.Tensor(name)
	if err != nil {
		f.t.Fatal(err)
	}
	out := make([]int, t.Elements())
	for i := range out {
		out[i] = int(t.Data[8*i]) // ids of the tiny vocabulary fit a byte
	}
	return out
}

func (f fixture) pathInts(name string) []int { return f.ints(f.paths, name) }

// rows returns the token rows of the fixture.
func (f fixture) rows() (rows [][]int) {
	for i := 0; f.expected.Has(rowName(i)); i++ {
		rows = append(rows, f.ints(f.expected, rowName(i)))
	}
	return rows
}

func rowName(i int) string { return "rows." + string(rune('0'+i)) }

// closeTo fails where got differs from want by more than 1e-5 of the largest value of want.
func closeTo(t *testing.T, what string, got, want []float32) {
	t.Helper()
	within(t, what, got, want, 1e-5)
}

func within(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	near(t, what, got, want, largest(want), tolerance)
}

// near fails where got differs from want by more than tolerance times scale.
func near(t *testing.T, what string, got, want []float32, scale, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var worst float64
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		if math.IsNaN(float64(got[i])) {
			t.Errorf("%s: value %d is NaN", what, i)
			return
		}
	}
	if worst > tolerance*scale {
		t.Errorf("%s: off by %.2g of %.3g (%.1e relative)", what, worst, scale, worst/scale)
	}
}

func largest(values []float32) (most float64) {
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

func infer(t *testing.T, fn func(s *libtorch.Scope)) {
	t.Helper()
	if err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error { fn(s); return nil }); err != nil {
		t.Fatal(err)
	}
}
