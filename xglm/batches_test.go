package xglm

import (
	"testing"

	"xpt/libtorch"
)

// Batches hold each row once and stay within their size; rows come longest first where attention
// pads, and rows alike together where it does not.
func TestBatches(t *testing.T) {
	var rows [][]int
	for n := range 600 {
		row := make([]int, 1+(n*37)%90)
		for i := range row {
			row[i] = n % 200 * (1 + i) // three begin alike
		}
		rows = append(rows, row)
	}
	m := &Model{Config: Config{DModel: 8, AttentionHeads: 1}, backbone: &backbone{device: libtorch.CPU, dtype: libtorch.Float32}}
	for _, shares := range []bool{false, true} {
		attendBy(t, libtorch.PaddedAttention)
		if shares {
			attendBy(t, libtorch.PackedAttention)
		}
		seen := map[int]bool{}
		longest, tokens := 1<<30, 0
		for _, which := range m.batches(rows) {
			var b [][]int
			for _, i := range which {
				b = append(b, rows[i])
				seen[i] = true
				if !shares && len(rows[i]) > longest {
					t.Errorf("a row of %d tokens after one of %d", len(rows[i]), longest)
				}
				longest = len(rows[i])
			}
			cost := len(NewBatch(b...).share().IDs)
			tokens += cost
			if !shares {
				cost = len(which) * len(b[0])
			}
			if cost > BatchTokens(libtorch.CPU) || len(which) > batchRows(libtorch.CPU) {
				t.Errorf("a batch of %d rows of %d tokens", len(which), cost)
			}
		}
		if len(seen) != len(rows) {
			t.Errorf("%d of %d rows", len(seen), len(rows))
		}
		if best := len(NewBatch(rows...).share().IDs); shares && tokens > best*11/10 {
			t.Errorf("%d tokens are computed, where %d would do in one batch", tokens, best)
		}
	}
}
