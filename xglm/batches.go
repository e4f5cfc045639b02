package xglm

import (
	"cmp"
	"slices"

	"xpt/libtorch"
)

// BatchTokens is how many tokens a batch of inference has at most on a device, unless one row has more. Those
// of padding count where attention pads. A GPU needs some thousands for its products to outweigh the launches of kernels.
func BatchTokens(dev libtorch.Device) int {
	if dev.IsCUDA() {
		return 16384
	}
	return 4096
}

// batchRows is how many rows a batch of inference has at most.
func batchRows(dev libtorch.Device) int { return BatchTokens(dev) / 32 }

// batches groups the indices of rows of ids into batches for Forward: the longest first, so that
// memory does not grow later, and rows that begin alike together, or else those of like length.
func (m *Model) batches(rows [][]int) [][]int {
	shares, tokens, most := m.sharesPrefixes(), BatchTokens(m.device), batchRows(m.device)
	var groups []group
	if shares {
		groups = alike(rows, most)
	} else {
		for i := range rows {
			groups = append(groups, group{rows: []int{i}})
		}
	}
	longest := make([]int, len(rows)) // of the group that begins with a row
	for _, g := range groups {
		slices.Sort(g.rows)
		for _, i := range g.rows {
			longest[g.rows[0]] = max(longest[g.rows[0]], len(rows[i]))
		}
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(cmp.Compare(longest[b.rows[0]], longest[a.rows[0]]), cmp.Compare(a.rows[0], b.rows[0]))
	})
	var batches [][]int
	room := 0
	for _, g := range groups {
		for k, i := range g.rows {
			last := len(batches) - 1
			cost := len(rows[i])
			switch {
			case last < 0:
			case !shares:
				cost = len(rows[batches[last][0]])
			case k > 0:
				cost -= g.common
			}
			if last < 0 || cost > room || len(batches[last]) == most {
				batches, room, cost = append(batches, nil), tokens, len(rows[i])
				last++
			}
			batches[last] = append(batches[last], i)
			room -= cost
		}
	}
	return batches
}
