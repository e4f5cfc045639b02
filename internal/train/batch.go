package train

import (
	"math/rand/v2"
	"slices"

	"xpt/heads"
	"xpt/xglm"
)

// batch packs items and joins their targets.
func batch(items []Item) (b xglm.Batch, targets []int) {
	for _, item := range items {
		if item.Answers == nil {
			b.Add(item.IDs, item.Read)
		}
		for _, ids := range item.Answers { // a state scores the token behind it
			b.Add(ids, heads.AllPositions(len(ids) - 1)[item.From-1:])
		}
		targets = append(targets, item.Targets...)
	}
	return b, targets
}

// shuffled returns the items in a random order, in batches of size rows.
func shuffled(items []Item, size int, rng *rand.Rand) [][]Item {
	order := slices.Clone(items)
	rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return slices.Collect(slices.Chunk(order, size))
}
