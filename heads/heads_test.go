package heads

import (
	"math"
	"slices"
	"testing"

	"xpt/libtorch"
)

func TestWordPositions(t *testing.T) {
	for _, c := range []struct {
		name  string
		words []int
		n     int
		pool  SubToken
		want  []int
	}{
		{"last of two", []int{-1, 0, 0, 1}, 2, Last, []int{2, 3}},
		{"first of two", []int{-1, 0, 0, 1}, 2, First, []int{1, 3}},
		{"the zero value is last", []int{-1, 0, 0, 1}, 2, "", []int{2, 3}},
		{"an emptied word is read at the position before it", []int{-1, 0, 0, 2}, 3, Last, []int{2, 2, 3}},
		{"also when the first sub-token is read", []int{-1, 0, 0, 2}, 3, First, []int{1, 2, 3}},
		{"an emptied first word is read at </s>", []int{-1, 1}, 2, Last, []int{0, 1}},
		{"nothing but emptied words", []int{-1}, 2, Last, []int{0, 0}},
	} {
		if got := c.pool.WordPositions(c.words, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestParseSubToken(t *testing.T) {
	if _, err := ParseSubToken("middle"); err == nil {
		t.Error("middle is accepted")
	}
}

func TestLogits(t *testing.T) {
	h, err := From(libtorch.CPU, []float32{1, 2, 3, 4}, []float32{10, 20})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Free()
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		got := h.Logits(s, s.Floats([]float32{1, 1, 0, -1}, 2, 2)).Float32s()
		for i, want := range []float32{13, 27, 8, 16} {
			if math.Abs(float64(got[i]-want)) > 1e-6 {
				t.Errorf("logits = %v", got)
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(libtorch.CPU, -1, 2, nil); err == nil {
		t.Error("a head of -1 labels is accepted")
	}
	if _, err := From(libtorch.CPU, []float32{1, 2, 3}, []float32{1, 2}); err == nil {
		t.Error("three weights for two labels are accepted")
	}
}
