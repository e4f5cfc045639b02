package train

import (
	"context"
	"slices"

	"xpt/libtorch"
	"xpt/xglm"
)

// Probabilities returns, for every position that each item reads, the
// probability of each of the task's labels.
func (l *Learner) Probabilities(ctx context.Context, items []Item) ([][][]float64, error) {
	out := make([][][]float64, len(items))
	labels := len(l.Task.Labels)
	err := l.each(ctx, items, nil, func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, _ []int) {
		all := s.Softmax(s.To(logits, libtorch.CPU, libtorch.Float32)).Float32s()
		for _, i := range which {
			for range items[i].Read {
				row := make([]float64, labels)
				for k, p := range all[:labels] {
					row[k] = float64(p)
				}
				out[i], all = append(out[i], row), all[labels:]
			}
		}
	})
	return out, err
}

// MeanStates returns the mean of the final hidden states of each row of ids,
// [d], behind the learner's prompt. The </s> that XGLM puts first is left out:
// it sees nothing of the text, and is the same in all of them.
func (l *Learner) MeanStates(ctx context.Context, rows [][]int) ([][]float64, error) {
	tokens := 0
	for _, ids := range rows {
		tokens += len(ids)
	}
	if err := l.Model.Prepare(tokens, false); err != nil {
		return nil, err
	}
	d := l.Model.Config.DModel
	out := make([][]float64, len(rows))
	err := libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		past := l.past(s, xglm.Mode{})
		for _, which := range l.Model.Batches(rows) {
			if err := ctx.Err(); err != nil {
				return err
			}
			var b xglm.Batch
			for _, i := range which {
				b.IDs, b.Lengths = append(b.IDs, rows[i]...), append(b.Lengths, len(rows[i]))
			}
			var err error
			s.Do(func(s *libtorch.Scope) {
				hidden := l.Model.Forward(s, b, past, xglm.Mode{})
				if !xglm.AllFinite(s, hidden) {
					err = l.Model.NotFinite()
					return
				}
				states := hidden.Float32s() // [N, d]
				for k, i := range which {
					out[i] = mean(states[d:b.Lengths[k]*d], d)
					states = states[b.Lengths[k]*d:]
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// mean is that of vectors [n, d].
func mean(vectors []float32, d int) []float64 {
	sum := make([]float64, d)
	n := 0.0
	for v := range slices.Chunk(vectors, d) {
		for i, x := range v {
			sum[i] += float64(x)
		}
		n++
	}
	for i := range sum {
		sum[i] /= n
	}
	return sum
}
