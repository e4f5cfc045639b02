package libtorch

import (
	"fmt"
	"slices"
	"testing"
)

// padded is attention behind a past in the view that is padded on the right.
func (c packedCase) padded(attention func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor) func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
	rows, longest := len(c.lengths), slices.Max(c.lengths)
	var cells []int
	for r, n := range c.lengths {
		for i := range n {
			cells = append(cells, r*longest+i)
		}
	}
	return func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		at := s.Ints(cells)
		split := func(x *Tensor) *Tensor {
			return s.Transpose(s.Reshape(s.ScatterRows(x, at, rows*longest), rows, longest, c.heads, c.width), 1, 2)
		}
		out := attention(s, split(q), split(k), split(v), pastK, pastV)
		return s.IndexSelect(s.Reshape(s.Transpose(out, 1, 2), rows*longest, -1), 0, at)
	}
}

// needsFlash skips a test where libtorch is older than flash.h asks for.
func needsFlash(t *testing.T) {
	t.Helper()
	var major, minor int
	if _, err := fmt.Sscanf(Version(), "%d.%d", &major, &minor); err != nil {
		t.Fatal(err)
	}
	if major < 2 || major == 2 && minor < 2 {
		t.Skipf("skipped, as libtorch %s has no such flash kernel", Version())
	}
}

// Two calls of a flash kernel, merged, are attention over all keys at once: the
// output and every gradient.
func TestFlashAttentionEqualsPlain(t *testing.T) {
	needsFlash(t)
	flash := func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		return s.FlashAttention(q, k, v, pastK, pastV, 0)
	}
	for _, c := range []packedCase{
		{lengths: []int{1}, heads: 1, width: 8, past: 1},
		{lengths: []int{4, 1, 3}, heads: 2, width: 8, past: 5},
		{lengths: []int{70, 70, 70}, heads: 3, width: 16, past: 20},
		{lengths: []int{33, 80}, heads: 2, width: 64, past: 100},
	} {
		c.attend(t, Float32, c.padded(flash)).each(c.attend(t, Float32, c.plain), func(name string, got, want []float32) {
			if d := distance(got, want); !(d < 2e-6) {
				t.Errorf("%v: %s is %.2g away", c, name, d)
			}
		})
	}
}

// A past without gradients leaves those of the tokens as they are, and without
// any the output is the same.
func TestFlashAttentionBehindAFixedPast(t *testing.T) {
	needsFlash(t)
	c := packedCase{lengths: []int{6, 6}, heads: 2, width: 8, past: 3}
	flash := func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		return s.FlashAttention(q, k, v, pastK, pastV, 0)
	}
	fixed := func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		out := s.FlashAttention(q, k, v, s.Detach(pastK), s.Detach(pastV), 0)
		if err := NoGrad(CPU, func(in *Scope) error {
			if !slices.Equal(flash(in, q, k, v, pastK, pastV).Float32s(), out.Float32s()) {
				t.Error("without gradients the output is another")
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return s.Add(out, s.Scale(s.Mul(s.Mean(pastK), s.Mean(pastV)), 0)) // the past has gradients, zeros
	}
	want := c.attend(t, Float32, c.padded(flash))
	want.pastK, want.pastV = make([]float32, len(want.pastK)), make([]float32, len(want.pastV))
	c.attend(t, Float32, c.padded(fixed)).each(want, func(name string, got, want []float32) {
		if !slices.Equal(got, want) {
			t.Errorf("%s differs", name)
		}
	})
}
