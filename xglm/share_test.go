package xglm

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"xpt/libtorch"
)

// alikeRows begin alike in several ways: the hypotheses of a premise, a row twice, one that is
// another's beginning, too few tokens in common, none.
func alikeRows() [][]int {
	premise := []int{2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}
	with := func(ids ...int) []int { return append(slices.Clone(premise), ids...) }
	return [][]int{
		{2, 30, 31}, with(2, 40, 41, 42), with(2, 50), {2, 10, 11, 12, 13, 60}, with(2, 40, 41, 42), with(61, 62, 63), {5, 6}, with(2, 40, 41),
	}
}

// What rows begin with alike is computed once, and no hidden state changes by it: of all tokens or
// of some, behind a prompt or none.
func TestSharedBeginningsLeaveHiddenStatesAsTheyAre(t *testing.T) {
	rows := alikeRows()
	if n, all := len(NewBatch(rows...).share().IDs), len(NewBatch(rows...).IDs); n != all-4*11 {
		t.Errorf("%d of %d tokens are computed, want 4 times 11 fewer", n, all)
	}
	last, start := []int{}, 0
	for _, row := range rows {
		last = append(last, start+len(row)-1, start) // and the first, which several share
		start += len(row)
	}
	for _, c := range []struct {
		kernel    libtorch.AttentionKernel
		dtype     libtorch.DType
		tolerance float64
	}{{libtorch.PackedAttention, libtorch.Float32, 5e-6}, {libtorch.PackedAttention, libtorch.BFloat16, 0.02}, {libtorch.FlashAttention, libtorch.Float32, 5e-6}} {
		dtype, tolerance := c.dtype, c.tolerance
		if libtorch.Arithmetic(libtorch.CPU, dtype) == dtype {
			attendBy(t, c.kernel)
		}
		m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: dtype})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		for _, prompt := range []int{0, 5} {
			for _, read := range [][]int{nil, {}, last} {
				err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
					var past *Past
					if prompt > 0 {
						past = m.PastOf(s, m.Embed(s, []int{5, 6, 7, 8, 9}), Mode{})
					}
					var want []float32
					for _, row := range rows {
						want = append(want, m.Forward(s, NewBatch(row), past, Mode{}).Float32s()...)
					}
					b := NewBatch(rows...)
					if b.Read = read; read != nil {
						all := want
						want = nil
						for _, at := range read {
							want = append(want, all[at*m.Config.DModel:][:m.Config.DModel]...)
						}
					}
					near(t, fmt.Sprintf("%v, prompt of %d, reading %v", dtype, prompt, read), m.Forward(s, b, past, Mode{}).Float32s(), want, tolerance)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// Where gradients are wanted every row is computed by itself.
func TestGradientsBehindRowsAlike(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	hidden, grad := behindPrompt(t, m, Mode{}, alikeRows()...)
	attendBy(t, libtorch.PaddedAttention)
	wantHidden, wantGrad := behindPrompt(t, m, Mode{}, alikeRows()...)
	near(t, "hidden states", hidden, wantHidden, 1e-5)
	near(t, "gradient", grad, wantGrad, 1e-5)
}

// No way to part sorted rows saves more tokens than alike's.
func TestAlikeSavesTheMost(t *testing.T) {
	saved := func(groups []group) (n int) {
		for _, g := range groups {
			n += (len(g.rows) - 1) * g.common
		}
		return n
	}
	rng := rand.New(rand.NewPCG(1, 1))
	some := 0
	for range 300 {
		rows := make([][]int, 6)
		for i := range rows {
			switch from := rng.IntN(i + 1); {
			case from == i:
				for range 1 + rng.IntN(30) {
					rows[i] = append(rows[i], rng.IntN(3))
				}
			default: // goes on like another from somewhere on
				rows[i] = append(slices.Clone(rows[from][:rng.IntN(len(rows[from])+1)]), rng.IntN(3))
			}
		}
		groups := alike(rows, len(rows))
		var seen []int
		for _, g := range groups {
			for _, i := range g.rows {
				seen = append(seen, i)
				if len(rows[i]) <= g.common || !slices.Equal(rows[i][:g.common], rows[g.rows[0]][:g.common]) {
					t.Fatalf("%v: row %d has no beginning of %d tokens in common with row %d and more after it", rows, i, g.common, g.rows[0])
				}
			}
		}
		if slices.Sort(seen); !slices.Equal(seen, []int{0, 1, 2, 3, 4, 5}) {
			t.Fatalf("%v: rows %v", rows, seen)
		}
		order := slices.Clone(rows)
		slices.SortFunc(order, slices.Compare)
		most := 0
		for parted := range 1 << (len(order) - 1) { // after row i where bit i is set
			total, start := 0, 0
			for end := 1; end <= len(order); end++ {
				if end < len(order) && parted>>(end-1)&1 == 0 {
					continue
				}
				common := len(order[start])
				for i := start; i+1 < end; i++ {
					common = min(common, inCommon(order[i], order[i+1]))
				}
				if common >= leastShared {
					total += (end - start - 1) * common
				}
				start = end
			}
			most = max(most, total)
		}
		if n := saved(groups); n != most {
			t.Fatalf("%v: %d tokens saved, where %d can be", rows, n, most)
		}
		some += most
	}
	if some == 0 {
		t.Error("no rows were alike")
	}
}
