package xglm

import (
	"cmp"
	"slices"

	"xpt/libtorch"
)

// leastShared is how many tokens rows have to begin with alike before it pays to compute those
// once: every row of texts begins with the same </s>.
const leastShared = 8

// sharesPrefixes tells whether the model can compute once what rows begin with alike: where
// attention takes packed rows as they are.
func (m *Model) sharesPrefixes() bool { return m.attentionKernel() != libtorch.PaddedAttention }

// group is rows that begin with the same tokens and go on after them.
type group struct {
	rows   []int // indices
	common int   // tokens; 0 for a row by itself
}

// alike groups rows so that computing once what those of a group begin with saves many tokens: the
// three hypotheses of a premise in XNLI, the answers to one question. Sorted, rows alike stand side
// by side; the groups are those stretches of at most so many that save the most in all.
func alike(rows [][]int, most int) []group {
	n := len(rows)
	order := indices(n)
	slices.SortStableFunc(order, func(a, b int) int { return slices.Compare(rows[a], rows[b]) })
	with := make([]int, n) // how many tokens each begins with like the next
	for i := range n - 1 {
		with[i] = inCommon(rows[order[i]], rows[order[i+1]])
	}
	// best[end] is the last group of the first end rows when these save the most.
	type last struct{ saved, start, common int }
	best := make([]last, n+1)
	for end := 1; end <= n; end++ {
		best[end] = last{saved: best[end-1].saved, start: end - 1}
		common := len(rows[order[end-1]])
		for start := end - 2; start >= 0 && end-start <= most; start-- {
			if common = min(common, with[start]); common < leastShared {
				break
			}
			if saved := best[start].saved + (end-start-1)*common; saved > best[end].saved {
				best[end] = last{saved, start, common}
			}
		}
	}
	var groups []group
	for end := n; end > 0; end = best[end].start {
		groups = append(groups, group{order[best[end].start:end], best[end].common})
	}
	return groups
}

// inCommon is how many tokens two rows begin with alike, short of all of either.
func inCommon(a, b []int) int {
	most := min(len(a), len(b)) - 1
	for i := range most {
		if a[i] != b[i] {
			return i
		}
	}
	return max(0, most)
}

// share packs what rows begin with alike once, as a row that the rest of each continues: those rows in front, then the
// continued ones in their order, then the others, as [libtorch.FlashAttention] takes them. Read then
// asks for the hidden states that b asks for, in its order.
func (b Batch) share() Batch {
	rows, starts := make([][]int, len(b.Lengths)), make([]int, len(b.Lengths))
	end := 0
	for r, n := range b.Lengths {
		rows[r], starts[r] = b.IDs[end:end+n], end
		end += n
	}
	var out Batch
	at := make([]int, len(b.IDs)) // where the tokens of b are in out
	add := func(ids []int, prefixRow int) (start int) {
		start = len(out.IDs)
		out.Add(ids, nil)
		out.prefixRow = append(out.prefixRow, prefixRow)
		return start
	}
	groups := alike(rows, len(rows))
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(min(1, b.common), min(1, a.common)) })
	var beginnings []int
	for _, g := range groups {
		if g.common > 0 {
			beginnings = append(beginnings, add(rows[g.rows[0]][:g.common], -1))
		}
	}
	for i, g := range groups {
		beginning, prefixRow := 0, -1
		if g.common > 0 {
			beginning, prefixRow = beginnings[i], i
		}
		for _, r := range g.rows {
			own := add(rows[r][g.common:], prefixRow)
			for t := range rows[r] {
				if t < g.common {
					at[starts[r]+t] = beginning + t
				} else {
					at[starts[r]+t] = own + t - g.common
				}
			}
		}
	}
	if len(out.IDs) == len(b.IDs) {
		return b
	}
	out.Read = at
	if b.Read != nil {
		out.Read = make([]int, len(b.Read))
		for i, read := range b.Read {
			out.Read[i] = at[read]
		}
	}
	return out
}
