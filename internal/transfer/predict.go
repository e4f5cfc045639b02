package transfer

import (
	"context"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
)

// Prediction is what a run says of an example: the best label and the probability of each, once for
// a text and once a word for tagged sentences.
type Prediction struct {
	Labels        []string
	Probabilities []map[string]float64 // of each label, beside Labels
}

// Predict labels examples, whose own labels do not matter.
func Predict(ctx context.Context, l *train.Learner, examples []datasets.Example) ([]Prediction, error) {
	items, err := l.Items(examples)
	if err != nil {
		return nil, usererror.Of(err)
	}
	probabilities, err := l.Probabilities(ctx, items)
	if err != nil {
		return nil, err
	}
	out := make([]Prediction, len(examples))
	for i := range out {
		out[i] = Prediction{[]string{}, []map[string]float64{}}
	}
	for i, item := range items { // the pieces of a split sentence follow one another
		p := &out[item.Example]
		for _, row := range probabilities[i] {
			best, byLabel := 0, make(map[string]float64, len(row))
			for k, value := range row {
				if byLabel[l.Task.Labels[k]] = value; value > row[best] {
					best = k
				}
			}
			p.Labels, p.Probabilities = append(p.Labels, l.Task.Labels[best]), append(p.Probabilities, byLabel)
		}
	}
	return out, nil
}
