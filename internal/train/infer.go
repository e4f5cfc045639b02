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
	return eachLogits(ctx, l, items, report, func(s *libtorch.Scope, batch []Item, logits *libtorch.Tensor, _ []int) ([]*libtorch.Tensor, func([]float32) [][]int) {
		return []*libtorch.Tensor{s.Argmax(logits)}, func(best []float32) [][]int {
			predicted := make([][]int, len(batch))
			for k, item := range batch {
				for range item.Read {
					predicted[k], best = append(predicted[k], int(best[0])), best[1:]
				}
			}
			return predicted
		}
	})
}

// summed is a sum of losses and how many they are.
type summed struct {
	Sum   float64
	Count int
}

// Loss returns the mean loss over all targets of the items.
func (l *Learner) Loss(ctx context.Context, items []Item) (float64, error) {
	sums, err := eachLogits(ctx, l, items, nil, func(s *libtorch.Scope, batch []Item, logits *libtorch.Tensor, targets []int) (mean []*libtorch.Tensor, _ func([]float32) []summed) {
		n := (Item{Targets: targets}).targets()
		if n > 0 {
			mean = []*libtorch.Tensor{s.CrossEntropy(logits, s.Ints(targets), 0)}
		}
		return mean, func(mean []float32) []summed {
			sums := make([]summed, len(batch))
			for _, x := range mean { // the first item stands for the batch
				sums[0] = summed{float64(x) * float64(n), n}
			}
			return sums
		}
	})
	if err != nil {
		return 0, err
	}
	var all summed
	for _, x := range sums {
		all.Sum, all.Count = all.Sum+x.Sum, all.Count+x.Count
	}
	if all.Count == 0 {
		return 0, usererror.New("no labels to compute a loss from")
	}
	if !finite(all.Sum) {
		return 0, l.Model.NotFinite()
	}
	return all.Sum / float64(all.Count), nil
}

// Classified is what a learner says of an item, for every position that it reads.
type Classified struct {
	Best                  []int       // label
	Logits, Probabilities [][]float64 // of each of the task's labels
}

// Classify is Predict with the logits and probabilities of all labels.
func (l *Learner) Classify(ctx context.Context, items []Item, report func(done int)) ([]Classified, error) {
	labels := len(l.Task.Labels)
	return eachLogits(ctx, l, items, report, func(s *libtorch.Scope, batch []Item, logits *libtorch.Tensor, _ []int) ([]*libtorch.Tensor, func([]float32) []Classified) {
		best, rows := s.Argmax(logits), logits.Len(0)
		logits = s.To(logits, logits.Device(), libtorch.Float32)
		return []*libtorch.Tensor{best, logits, s.Softmax(logits)}, func(values []float32) []Classified {
			best, scores, probabilities := values[:rows], values[rows:rows*(1+labels)], values[rows*(1+labels):]
			classified := make([]Classified, len(batch))
			for k := range classified {
				c := &classified[k]
				for range batch[k].Read {
					c.Best = append(c.Best, int(best[0]))
					c.Logits = append(c.Logits, float64s(scores[:labels]))
					c.Probabilities = append(c.Probabilities, float64s(probabilities[:labels]))
					best, scores, probabilities = best[1:], scores[labels:], probabilities[labels:]
				}
			}
			return classified
		}
	})
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
	return eachBatch(ctx, l, items, nil, func(s *libtorch.Scope, batch []Item, hidden *libtorch.Tensor, _ []int) func() ([][]float64, error) {
		return taking(l.Model.Fetch(s, hidden, hidden), func(states []float32) [][]float64 { // [N, d]
			out := make([][]float64, len(batch))
			for k, item := range batch {
				n := len(item.IDs)
				out[k] = heads.Mean(states[d:n*d], d)
				states = states[n*d:]
			}
			return out
		})
	})
}

// eachLogits gives fn the logits [R, C] of each batch of items, with the batch and its targets. fn returns tensors, and what makes
// a result for each item of their elements. Logits that are no numbers are an error.
func eachLogits[T any](ctx context.Context, l *Learner, items []Item, report func(done int), fn func(s *libtorch.Scope, batch []Item, logits *libtorch.Tensor, targets []int) (wanted []*libtorch.Tensor, take func([]float32) []T)) ([]T, error) {
	return eachBatch(ctx, l, items, report, func(s *libtorch.Scope, batch []Item, hidden *libtorch.Tensor, targets []int) func() ([]T, error) {
		logits := l.logits(s, hidden, batch)
		checked := hidden // a language model's logits are too many
		if l.Head != nil || l.byWords() {
			checked = logits
		}
		wanted, take := fn(s, batch, logits, targets)
		return taking(l.Model.Fetch(s, checked, wanted...), take)
	})
}

// taking is read, then take.
func taking[T any](read func() ([]float32, error), take func([]float32) []T) func() ([]T, error) {
	return func() ([]T, error) {
		values, err := read()
		if err != nil {
			return nil, err
		}
		return take(values), nil
	}
}

// eachBatch runs the items through the model and gives fn the hidden states [R, d] that each batch
// reads; fn returns what reads a result for each item (see xglm.Collect). The past is computed once for all. report, which may be nil, is called with the number of items done.
func eachBatch[T any](ctx context.Context, l *Learner, items []Item, report func(done int), fn func(s *libtorch.Scope, batch []Item, hidden *libtorch.Tensor, targets []int) func() ([]T, error)) (results []T, err error) {
	ids, tokens := make([][]int, len(items)), 0
	for i, item := range items {
		ids[i] = item.tokens()
		tokens += len(ids[i])
	}
	if err := l.Model.Prepare(tokens, false); err != nil {
		return nil, err
	}
	err = libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) (err error) {
		past := l.Past(s)
		results, err = xglm.Collect(ctx, l.Model, s, ids, report, func(s *libtorch.Scope, which []int) func() ([]T, error) {
			own := make([]Item, len(which))
			for k, i := range which {
				own[k] = items[i]
			}
			b, targets := batch(own)
			return fn(s, own, l.Model.Forward(s, b, past, xglm.Mode{}), targets)
		})
		return err
	})
	return results, err
}
