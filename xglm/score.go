package xglm

import (
	"context"
	"fmt"

	"xpt/libtorch"
)

// logitsChunk is how many values of the LM head's output stand in memory at a time on a CPU: 64 MiB in
// float32, 65 positions of XGLM's vocabulary. Tests change it.
var logitsChunk = 16 << 20

// logitsRows is how many positions stand in memory at a time. A GPU reads the whole LM head for each chunk, which takes longer
// than its products unless they are some hundreds.
func (m *Model) logitsRows() int {
	values := logitsChunk
	if m.device.IsCUDA() {
		values *= 8
	}
	return max(1, values/m.Config.VocabSize)
}

// EachLogits shows the LM head's scores of hidden states [R, d] in chunks [n, V], first the ones
// from row 0 on, so that [R, V] never stands in memory.
func (m *Model) EachLogits(s *libtorch.Scope, hidden *libtorch.Tensor, visit func(s *libtorch.Scope, from int, logits *libtorch.Tensor)) {
	rows, most := hidden.Len(0), m.logitsRows()
	for from := 0; from < rows; from += most {
		s.Do(func(s *libtorch.Scope) {
			visit(s, from, m.Logits(s, s.Narrow(hidden, 0, from, min(most, rows-from))))
		})
	}
}

// LogProbs returns the log-probability that the model gives to each of targets [R] as the token
// after hidden states [R, d], in float32.
func (m *Model) LogProbs(s *libtorch.Scope, hidden *libtorch.Tensor, targets []int) []float32 {
	if n := hidden.Len(0); n != len(targets) {
		panic(&libtorch.Error{Op: "log_probs", Message: fmt.Sprintf("%d hidden states and %d targets: each has one", n, len(targets))})
	}
	var parts []*libtorch.Tensor
	m.EachLogits(s, hidden, func(in *libtorch.Scope, from int, logits *libtorch.Tensor) {
		chunk := in.Ints(targets[from : from+logits.Len(0)])
		parts = append(parts, s.Adopt(in.Gather(in.LogSoftmax(logits), chunk)))
	})
	if parts == nil {
		return nil
	}
	return s.Cat(0, parts...).Float32s() // once: a GPU is waited for
}

// TargetLogProbs is [Model.LogProbs] as a tensor [R] through which gradients flow. The chunks of the LM head's output are
// computed again in the backward pass.
func (m *Model) TargetLogProbs(s *libtorch.Scope, hidden *libtorch.Tensor, targets []int) *libtorch.Tensor {
	var parts []*libtorch.Tensor
	most := m.logitsRows()
	for from := 0; from < len(targets); from += most {
		chunk := targets[from:min(from+most, len(targets))]
		parts = append(parts, s.Recompute(func(s *libtorch.Scope, in []*libtorch.Tensor) *libtorch.Tensor {
			return s.Gather(s.LogSoftmax(m.Logits(s, in[0])), s.Ints(chunk))
		}, s.Narrow(hidden, 0, from, len(chunk))))
	}
	return s.Cat(0, parts...)
}

// Score returns, for each row, the log-probabilities of its tokens from index from[r] >= 1 on, each
// given all before it and past (nil: none). The rows run as one batch.
func (m *Model) Score(s *libtorch.Scope, rows [][]int, from []int, past *Past) [][]float32 {
	if len(from) != len(rows) {
		panic(&libtorch.Error{Op: "score", Message: fmt.Sprintf("%d rows, and where to begin for %d", len(rows), len(from))})
	}
	var b Batch
	var targets []int
	for r, row := range rows {
		if from[r] < 1 {
			panic(&libtorch.Error{Op: "score", Message: fmt.Sprintf("row %d from token %d on: the first token has none before it, so from is at least 1", r, from[r])})
		}
		read := []int{}
		for t := from[r]; t < len(row); t++ {
			read, targets = append(read, t-1), append(targets, row[t])
		}
		b.Add(row, read)
	}
	out := make([][]float32, len(rows))
	s.Do(func(s *libtorch.Scope) {
		all := m.LogProbs(s, m.Forward(s, b, past, Mode{}), targets)
		for r, row := range rows {
			n := max(0, len(row)-from[r])
			out[r], all = all[:n:n], all[n:]
		}
	})
	return out
}

// scoreWindow is how many rows are put in batches at a time, so that results come in order and
// soon.
const scoreWindow = 2048

// ScoreEach is [Model.Score] of any number of rows, in batches. done gets each row's
// log-probabilities, in the order of the rows. Ones that are no numbers are an error.
func (m *Model) ScoreEach(ctx context.Context, s *libtorch.Scope, rows [][]int, from []int, past *Past, done func(i int, logProbs []float32) error) error {
	if len(from) != len(rows) {
		return fmt.Errorf("%d rows to score, and where to begin for %d", len(rows), len(from))
	}
	for start := 0; start < len(rows); start += scoreWindow {
		window := rows[start:min(start+scoreWindow, len(rows))]
		results, err := Collect(ctx, m, s, window, nil, func(s *libtorch.Scope, which []int) ([][]float32, error) {
			ids, first := make([][]int, len(which)), make([]int, len(which))
			for k, i := range which {
				ids[k], first[k] = window[i], from[start+i]
			}
			scored := m.Score(s, ids, first, past)
			for _, logProbs := range scored {
				if !Finite(logProbs) {
					return nil, m.NotFinite()
				}
			}
			return scored, nil
		})
		if err != nil {
			return err
		}
		for i, logProbs := range results {
			if err := done(start+i, logProbs); err != nil {
				return err
			}
		}
	}
	return nil
}
