package train

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"xpt/xglm"
)

// batch packs items and joins their targets.
func batch(items []Item) (b xglm.Batch, targets []int) {
	for _, item := range items {
		for _, at := range item.Read {
			b.Read = append(b.Read, len(b.IDs)+at)
		}
		b.IDs = append(b.IDs, item.IDs...)
		b.Lengths = append(b.Lengths, len(item.IDs))
		targets = append(targets, item.Targets...)
	}
	if len(b.Read) == len(b.IDs) {
		b.Read = nil // all of them, in order
	}
	return b, targets
}

// shuffled returns the items in a random order, in batches of size rows.
func shuffled(items []Item, size int, rng *rand.Rand) [][]Item {
	order := slices.Clone(items)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return slices.Collect(slices.Chunk(order, size))
}

// Batches of evaluation: rows of like length together, so that attention's
// padded view wastes little, up to a budget of padded tokens.
const (
	evalTokens = 4096
	evalRows   = 128
)

// byLength groups the indices of items into batches, longest first, so that
// the largest batch comes first and memory does not grow later.
func byLength(items []Item) [][]int {
	order := make([]int, len(items))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(items[b].IDs), len(items[a].IDs)) })
	var batches [][]int
	for len(order) > 0 {
		n := min(len(order), evalRows, max(1, evalTokens/len(items[order[0]].IDs)))
		batches = append(batches, order[:n])
		order = order[n:]
	}
	return batches
}
