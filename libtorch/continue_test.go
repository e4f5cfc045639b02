package libtorch

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// whole is every row with the tokens that it continues. tokens are those of the packed rows, in the whole ones' order, and own
// is where the packed rows' tokens are among them. behind is nil where no row continues another.
func (c packedCase) whole(behind []int) (whole packedCase, tokens, own []int) {
	starts := c.starts()
	whole = c
	whole.lengths = nil
	for r, n := range c.lengths {
		left := 0
		if behind != nil && behind[r] >= 0 {
			left = c.lengths[behind[r]]
			tokens = append(tokens, span(starts[behind[r]], left)...)
		}
		own = append(own, span(len(tokens), n)...)
		tokens = append(tokens, span(starts[r], n)...)
		whole.lengths = append(whole.lengths, left+n)
	}
	return whole, tokens, own
}

// A row that continues another sees that one's tokens as its own.
func TestPackedAttentionOfRowsThatContinueOthers(t *testing.T) {
	behind := []int{-1, 0, 0, -1, 5, -1, 5}
	for _, c := range []packedCase{
		{lengths: []int{12, 3, 1, 7, 2, 9, 60}, heads: 2, width: 8},
		{lengths: []int{61, 3, 50, 7, 2, 9, 1}, heads: 3, width: 20, past: 17},
		{lengths: []int{5, 3, 1, 7, 2, 130, 6}, heads: 2, width: 13, past: 4},
		{lengths: []int{5, 3, 1, 7, 2, 130, 6}, heads: 2, width: 14, past: 5},
	} {
		starts := c.starts()
		whole, tokens, own := c.whole(behind)
		for dtype, most := range map[DType]float64{Float32: c.limit(), BFloat16: 5e-3} {
			if !c.computes(dtype) {
				continue
			}
			err := NoGrad(CPU, func(s *Scope) error {
				rng := rand.New(rand.NewPCG(1, 1))
				values := func(shape ...int) *Tensor { return s.To(randomOf(s, rng, shape...), CPU, dtype) }
				d := c.heads * c.width
				q, k, v := values(starts[len(starts)-1], d), values(starts[len(starts)-1], d), values(starts[len(starts)-1], d)
				var pastK, pastV *Tensor
				if c.past > 0 {
					pastK, pastV = values(1, c.heads, c.past, c.width), values(1, c.heads, c.past, c.width)
				}
				got := s.AttendPacked(q, k, v, pastK, pastV, s.PackRows(PackedAttention, starts, behind, RowsPlace{}), c.heads, 0)
				all := func(x *Tensor) *Tensor { return s.IndexSelect(x, 0, s.Ints(tokens)) }
				want := s.IndexSelect(s.AttendPacked(all(q), all(k), all(v), pastK, pastV, s.packRows(whole.starts()), c.heads, 0), 0, s.Ints(own))
				if d := distance(got.Float32s(), want.Float32s()); !(d <= most) {
					t.Errorf("%+v, %v: %.2g away", c, dtype, d)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// span is n numbers from start on.
func span(start, n int) (out []int) {
	for i := range n {
		out = append(out, start+i)
	}
	return out
}

func TestPackedAttentionRefusesRowsThatContinueNoRow(t *testing.T) {
	for wrong, behind := range map[string][]int{"row 1 cannot continue row 3": {-1, 3, -1}, "row 2 cannot continue row 1": {-1, 0, 1}, "2 rows to continue for 3": {-1, 0}} {
		err := NoGrad(CPU, func(s *Scope) error {
			x := s.Zeros(Float32, 6, 8)
			s.AttendPacked(x, x, x, nil, nil, s.PackRows(PackedAttention, []int{0, 2, 4, 6}, behind, RowsPlace{}), 2, 0)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), wrong) {
			t.Errorf("error %v, want %q", err, wrong)
		}
	}
	err := Run(CPU, func(s *Scope) error {
		x, err := NewParameter(s.Zeros(Float32, 6, 8))
		if err != nil {
			return err
		}
		defer x.Free()
		s.AttendPacked(x, x, x, nil, nil, s.PackRows(PackedAttention, []int{0, 2, 4, 6}, []int{-1, 0, -1}, RowsPlace{}), 2, 0)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "gradients") {
		t.Errorf("error %v, want one about gradients", err)
	}
}
