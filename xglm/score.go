package xglm

import (
	"fmt"

	"xpt/libtorch"
)

// logitsChunk is how many values of the LM head's output stand in memory at a
// time: 64 MiB in float32, 65 positions of XGLM's vocabulary. Tests change it.
var logitsChunk = 16 << 20

// EachLogits shows the LM head's scores of hidden states [R, d] in chunks
// [n, V], first the ones from row 0 on, so that [R, V] never stands in memory.
func (m *Model) EachLogits(s *libtorch.Scope, hidden *libtorch.Tensor, visit func(s *libtorch.Scope, from int, logits *libtorch.Tensor)) {
	rows, most := hidden.Len(0), max(1, logitsChunk/m.Config.VocabSize)
	for from := 0; from < rows; from += most {
		s.Do(func(s *libtorch.Scope) {
			visit(s, from, m.Logits(s, s.Narrow(hidden, 0, from, min(most, rows-from))))
		})
	}
}

// LogProbs returns the log-probability that the model gives to each of targets
// [R] as the token after hidden states [R, d], in float32.
func (m *Model) LogProbs(s *libtorch.Scope, hidden *libtorch.Tensor, targets []int) []float32 {
	out := make([]float32, 0, len(targets))
	m.EachLogits(s, hidden, func(s *libtorch.Scope, from int, logits *libtorch.Tensor) {
		n := logits.Len(0)
		out = append(out, s.Gather(s.LogSoftmax(logits), s.Ints(targets[from:from+n])).Float32s()...)
	})
	return out
}

// Score returns, for each row, the log-probabilities of its tokens from index
// from[r] >= 1 on, each given all before it and past (nil: none). The rows run
// as one batch.
func (m *Model) Score(s *libtorch.Scope, rows [][]int, from []int, past *Past) [][]float32 {
	b := Pack(rows...)
	b.Read = []int{}
	var targets []int
	start := 0
	for r, row := range rows {
		if from[r] < 1 {
			panic(&libtorch.Error{Op: "score", Message: fmt.Sprintf("row %d from token %d on: the first token has none before it, so from is at least 1", r, from[r])})
		}
		for t := from[r]; t < len(row); t++ {
			b.Read = append(b.Read, start+t-1)
			targets = append(targets, row[t])
		}
		start += len(row)
	}
	out := make([][]float32, len(rows))
	s.Do(func(s *libtorch.Scope) {
		all := m.LogProbs(s, m.Forward(s, b, past), targets)
		for r, row := range rows {
			n := max(0, len(row)-from[r])
			out[r], all = all[:n:n], all[n:]
		}
	})
	return out
}
