package xglm_test

import (
	"math"
	"path/filepath"
	"testing"

	"xpt/checkpoints"
	"xpt/internal/libtorch"
	"xpt/xglm"
)

// fixture is what HuggingFace computed with a tiny checkpoint (testdata/xglm/make.py).
type fixture struct {
	t        *testing.T
	name     string
	dir      string
	expected *checkpoints.Checkpoint
}

func eachFixture(t *testing.T, fn func(t *testing.T, f fixture)) {
	for _, name := range []string{"gelu", "relu"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("..", "testdata", "xglm", name)
			expected, err := checkpoints.OpenFile(filepath.Join(dir, "expected.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			defer expected.Close()
			fn(t, fixture{t, name, dir, expected})
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

func (f fixture) floats(name string) ([]float32, []int) {
	f.t.Helper()
	t, err := f.expected.Tensor(name)
	if err != nil {
		f.t.Fatal(err)
	}
	return checkpoints.Float32s(t), t.Shape
}

func (f fixture) want(name string) []float32 {
	values, _ := f.floats(name)
	return values
}

// rows returns the token rows of the fixture.
func (f fixture) rows() (rows [][]int) {
	for i := 0; f.expected.Has(rowName(i)); i++ {
		t, err := f.expected.Tensor(rowName(i))
		if err != nil {
			f.t.Fatal(err)
		}
		row := make([]int, t.Shape[0])
		for j := range row {
			row[j] = int(t.Data[8*j]) // ids of the tiny vocabulary fit a byte
		}
		rows = append(rows, row)
	}
	return rows
}

func rowName(i int) string { return "rows." + string(rune('0'+i)) }

// closeTo fails where got differs from want by more than 1e-5 of the largest
// value of want.
func closeTo(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var worst, scale float64
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
		scale = max(scale, math.Abs(float64(want[i])))
		if math.IsNaN(float64(got[i])) {
			t.Errorf("%s: value %d is NaN", what, i)
			return
		}
	}
	if worst > 1e-5*scale {
		t.Errorf("%s: off by %.2g of %.3g (%.1e relative)", what, worst, scale, worst/scale)
	}
}

func infer(t *testing.T, fn func(s *libtorch.Scope)) {
	t.Helper()
	if err := libtorch.Infer(libtorch.CPU, func(s *libtorch.Scope) error { fn(s); return nil }); err != nil {
		t.Fatal(err)
	}
}
