package xglm

import (
	"cmp"
	"context"
	"slices"

	"xpt/internal/libtorch"
)

const (
	scoreTokens = 4096 // of a batch, unless one row has more
	scoreWindow = 2048 // rows that are sorted by length, so that results come in order and soon
)

// ScoreEach is [Model.Score] of any number of rows, in batches of like length.
// done gets each row's log-probabilities, in the order of the rows.
func (m *Model) ScoreEach(ctx context.Context, s *libtorch.Scope, rows [][]int, from []int, past *Past, done func(i int, logProbs []float32) error) error {
	tokens := 0
	for _, row := range rows {
		tokens += len(row)
	}
	if err := m.PackFor(tokens); err != nil {
		return err
	}
	for start := 0; start < len(rows); start += scoreWindow {
		window := rows[start:min(start+scoreWindow, len(rows))]
		results := make([][]float32, len(window))
		for _, which := range byLength(window) {
			if err := ctx.Err(); err != nil {
				return err
			}
			ids, first := make([][]int, len(which)), make([]int, len(which))
			for k, i := range which {
				ids[k], first[k] = window[i], from[start+i]
			}
			for k, logProbs := range m.Score(s, ids, first, past) {
				results[which[k]] = logProbs
			}
		}
		for i, logProbs := range results {
			if err := done(start+i, logProbs); err != nil {
				return err
			}
		}
	}
	return nil
}

// byLength groups rows into batches of like length, the longest first.
func byLength(rows [][]int) [][]int {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(len(rows[b]), len(rows[a])) })
	var batches [][]int
	for len(order) > 0 {
		n := min(len(order), max(1, scoreTokens/len(rows[order[0]])))
		batches = append(batches, order[:n])
		order = order[n:]
	}
	return batches
}
