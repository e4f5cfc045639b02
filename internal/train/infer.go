package train

import (
	"context"

	"xpt/heads"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/metrics"
	"xpt/xglm"
)

// Predict returns the best label of every position that each item reads. report, which may be nil,
// is called with the number of items done.
func (l *Learner) Predict(ctx context.Context, items []Item, report func(done int)) ([][]int, error) {
	predicted := make([][]int, len(items))
	err := l.eachLogits(ctx, items, report, func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, _ []int) {
		best := s.Argmax(logits).Int64s()
		for _, i := range which {
			row := make([]int, len(items[i].Read))
			for j := range row {
				row[j] = int(best[j])
			}
			predicted[i], best = row, best[len(row):]
		}
	})
	return predicted, err
}

// Loss returns the mean loss over all targets of the items.
func (l *Learner) Loss(ctx context.Context, items []Item) (float64, error) {
	var sum float64
	var count int
	err := l.eachLogits(ctx, items, nil, func(s *libtorch.Scope, _ []int, logits *libtorch.Tensor, targets []int) {
		if n := (Item{Targets: targets}).targets(); n > 0 {
			sum += s.CrossEntropy(logits, s.Ints(targets), 0).Item() * float64(n)
			count += n
		}
	})
	if err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, usererror.New("no labels to compute a loss from")
	}
	if !finite(sum) {
		return 0, l.Model.NotFinite()
	}
	return sum / float64(count), nil
}

// Classified is what a learner says of an item, for every position that it reads.
type Classified struct {
	Best                  []int       // label
	Logits, Probabilities [][]float64 // of each of the task's labels
}

// Classify is Predict with the logits and probabilities of all labels.
func (l *Learner) Classify(ctx context.Context, items []Item, report func(done int)) ([]Classified, error) {
	classified := make([]Classified, len(items))
	labels := len(l.Task.Labels)
	err := l.eachLogits(ctx, items, report, func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, _ []int) {
		best := s.Argmax(logits).Int64s()
		logits = s.To(logits, libtorch.CPU, libtorch.Float32)
		scores, probabilities := logits.Float32s(), s.Softmax(logits).Float32s()
		for _, i := range which {
			c := &classified[i]
			for range items[i].Read {
				c.Best = append(c.Best, int(best[0]))
				c.Logits = append(c.Logits, float64s(scores[:labels]))
				c.Probabilities = append(c.Probabilities, float64s(probabilities[:labels]))
				best, scores, probabilities = best[1:], scores[labels:], probabilities[labels:]
			}
		}
	})
	return classified, err
}

func float64s(values []float32) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

// WithGold are the classified positions that have a target, with it.
func WithGold(items []Item, classified []Classified) (scored []metrics.Scored) {
	for i, item := range items {
		for j, target := range item.Targets {
			if target != ignore {
				scored = append(scored, metrics.Scored{Logits: classified[i].Logits[j], Gold: target})
			}
		}
	}
	return scored
}

// MeanStates returns the mean of the final hidden states of each row of ids, [d], behind the
// learner's past. The </s> that XGLM puts first is left out: it sees nothing of the text, and is the
// same in all of them.
func (l *Learner) MeanStates(ctx context.Context, rows [][]int) ([][]float64, error) {
	items := make([]Item, len(rows))
	for i, ids := range rows {
		items[i] = Item{IDs: ids, Read: heads.AllPositions(len(ids))}
	}
	d := l.Model.Config.DModel
	out := make([][]float64, len(rows))
	err := l.eachBatch(ctx, items, nil, func(s *libtorch.Scope, which []int, hidden *libtorch.Tensor, _ []int) error {
		if !xglm.AllFinite(s, hidden) {
			return l.Model.NotFinite()
		}
		states := hidden.Float32s() // [N, d]
		for _, i := range which {
			n := len(rows[i])
			out[i] = heads.Mean(states[d:n*d], d)
			states = states[n*d:]
		}
		return nil
	})
	return out, err
}

func chosen(items []Item, which []int) []Item {
	out := make([]Item, len(which))
	for i, k := range which {
		out[i] = items[k]
	}
	return out
}

// eachLogits gives fn the logits [R, C] of each batch of items, with their indices and targets.
// Logits that are no numbers are an error.
func (l *Learner) eachLogits(ctx context.Context, items []Item, report func(done int), fn func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, targets []int)) error {
	return l.eachBatch(ctx, items, report, func(s *libtorch.Scope, which []int, hidden *libtorch.Tensor, targets []int) error {
		logits := l.logits(s, hidden, chosen(items, which))
		checked := hidden // a language model's logits are too many
		if l.Head != nil || l.byWords() {
			checked = logits
		}
		if !xglm.AllFinite(s, checked) {
			return l.Model.NotFinite()
		}
		fn(s, which, logits, targets)
		return nil
	})
}

// eachBatch runs the items through the model and gives fn the hidden states [R, d] that each batch
// reads. The past is computed once for all. report, which may be nil, is called with the number of items done.
func (l *Learner) eachBatch(ctx context.Context, items []Item, report func(done int), fn func(s *libtorch.Scope, which []int, hidden *libtorch.Tensor, targets []int) error) error {
	ids, tokens := make([][]int, len(items)), 0
	for i, item := range items {
		ids[i] = item.tokens()
		tokens += len(ids[i])
	}
	if err := l.Model.Prepare(tokens, false); err != nil {
		return err
	}
	return libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		past := l.Past(s)
		done := 0
		return l.Model.EachBatch(ctx, s, ids, func(s *libtorch.Scope, which []int) error {
			b, targets := batch(chosen(items, which))
			if err := fn(s, which, l.Model.Forward(s, b, past, xglm.Mode{}), targets); err != nil {
				return err
			}
			done += len(which)
			if report != nil {
				report(done)
			}
			return nil
		})
	})
}
