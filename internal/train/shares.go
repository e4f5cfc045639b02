package train

import (
	"slices"

	"xpt/internal/ranks"
	"xpt/xglm"
)

// ownShare is the part of a step's rows that this process computes, with its place among them: rows that follow one another,
// of about as many tokens as the others'. It may have none.
func ownShare(g *ranks.Group, rows []Item) ([]Item, xglm.Place) {
	if g == nil {
		return rows, xglm.Place{}
	}
	costs := make([]int, len(rows))
	for i, row := range rows {
		b, _ := batch([]Item{row})
		costs[i] = len(b.IDs)
	}
	bounds := ranks.Shares(costs, g.Size)
	from, to := bounds[g.Rank], bounds[g.Rank+1]
	whole, _ := batch(rows)
	before, _ := batch(rows[:from])
	place := xglm.Place{Token: len(before.IDs), Read: len(before.IDs), Tokens: len(whole.IDs), Longest: slices.Max(whole.Lengths)}
	if before.Read != nil {
		place.Read = len(before.Read)
	}
	return rows[from:to], place
}
