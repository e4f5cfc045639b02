package libtorch

import "testing"

// needsFlash skips a test where libtorch is older than flash.h asks for.
func needsFlash(t *testing.T) {
	t.Helper()
	if !AtLeast(2, 2) {
		t.Skipf("skipped, as libtorch %s has no such flash kernel", Version())
	}
}

// flash is attention by flash kernels of rows that continue those of behind, if any.
func (c packedCase) flash(behind []int, dropout float64) func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
	return func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		return s.AttendPacked(q, k, v, pastK, pastV, s.PackRows(FlashAttention, c.starts(), behind, RowsPlace{}), c.heads, dropout)
	}
}

// continued is attention written out, of rows that continue those of behind.
func (c packedCase) continued(behind []int) func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
	whole, tokens, own := c.whole(behind)
	return func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		all := func(x *Tensor) *Tensor { return s.IndexSelect(x, 0, s.Ints(tokens)) }
		return s.IndexSelect(whole.plain(s, all(q), all(k), all(v), pastK, pastV), 0, s.Ints(own))
	}
}

var flashCases = []struct {
	packedCase
	behind []int
}{
	{packedCase: packedCase{lengths: []int{1}, heads: 1, width: 8, past: 1}},
	{packedCase: packedCase{lengths: []int{4, 1, 3}, heads: 2, width: 8, past: 5}},
	{packedCase: packedCase{lengths: []int{33, 80, 1}, heads: 2, width: 64, past: 100}},
	{packedCase: packedCase{lengths: []int{20, 3, 1, 7}, heads: 2, width: 8}, behind: []int{-1, 0, 0, 0}}, // a prompt that runs along
	{packedCase: packedCase{lengths: []int{5, 3, 9}, heads: 2, width: 16, past: 4}, behind: []int{-1, 0, -1}},
	{packedCase: packedCase{lengths: []int{12, 7, 3, 1, 6, 2, 4, 1}, heads: 2, width: 16, past: 4}, behind: []int{-1, -1, 0, 0, 1, 1, -1, -1}},
	{packedCase: packedCase{lengths: []int{3, 1000, 1003, 800}, heads: 1, width: 8, past: 2}, behind: []int{-1, 0, 0, 0}}, // more queries than one block's
}

// The calls of a flash kernel, merged, are attention over all keys at once: the output and every gradient.
func TestFlashAttentionEqualsPlain(t *testing.T) {
	needsFlash(t)
	for _, c := range flashCases {
		c.attend(t, Float32, c.flash(c.behind, 0)).each(c.attend(t, Float32, c.continued(c.behind)), func(name string, got, want []float32) {
			if d := distance(got, want); !(d < 5e-6) || len(got) != len(want) {
				t.Errorf("%+v: %s is %.2g away", c, name, d)
			}
		})
	}
}

// Rows have to stand in the order that the kernels take.
func TestFlashAttentionRefusesRowsOutOfOrder(t *testing.T) {
	for _, behind := range [][]int{{0, -1, -1}, {-1, -1, 0}, {-1, -1, 1}, {-1, 0, 1}, {-1, 1, 0}, {-1, 2, -1}} {
		err := NoGrad(CPU, func(s *Scope) error {
			s.PackRows(FlashAttention, []int{0, 2, 4, 6}, behind, RowsPlace{})
			return nil
		})
		if err == nil {
			t.Errorf("rows that continue %v are taken", behind)
		}
	}
}
