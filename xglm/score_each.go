package xglm

import (
	"context"

	"xpt/libtorch"
)

// scoreWindow is how many rows are put in batches at a time, so that results
// come in order and soon.
const scoreWindow = 2048

// ScoreEach is [Model.Score] of any number of rows, in batches. done gets each
// row's log-probabilities, in the order of the rows. Ones that are no numbers
// are an error.
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
		for _, which := range m.Batches(window) {
			if err := ctx.Err(); err != nil {
				return err
			}
			ids, first := make([][]int, len(which)), make([]int, len(which))
			for k, i := range which {
				ids[k], first[k] = window[i], from[start+i]
			}
			for k, logProbs := range m.Score(s, ids, first, past) {
				if !Finite(logProbs) {
					return m.NotFinite()
				}
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
