package datasets

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/usererror"
	"xpt/metrics"
)

// Metrics is the task's scheme of metrics.
func (t Task) Metrics() metrics.Scheme {
	switch {
	case t.Kind == LanguageModeling:
		return metrics.LanguageModeling
	case t.Kind != Tagging:
		return metrics.Classification
	case t.marksEntities():
		return metrics.NamedEntities
	}
	return metrics.PartsOfSpeech
}

// marksEntities tells whether the tags are B-, I- and O. A data set in IOB1 may have no B-.
func (t Task) marksEntities() bool {
	return slices.ContainsFunc(t.Labels, func(label string) bool {
		return strings.HasPrefix(label, "B-") || strings.HasPrefix(label, "I-")
	})
}

// Rate scores predictions of examples, each a label or the tags of its words. It leaves out examples without a label.
func (t Task) Rate(examples []Example, predicted [][]string) (r metrics.Rating, err error) {
	if len(examples) != len(predicted) {
		return r, fmt.Errorf("%d predictions for %d examples", len(predicted), len(examples))
	}
	var gold, got [][]string
	for i, x := range examples {
		want := x.gold()
		if want == nil {
			continue
		}
		if len(want) != len(predicted[i]) {
			return r, fmt.Errorf("%s:%d: %d predictions for %d labels", x.File, x.Line, len(predicted[i]), len(want))
		}
		gold, got = append(gold, want), append(got, predicted[i])
	}
	if gold == nil {
		return r, noLabels(examples)
	}
	return t.Metrics().Rate(gold, got)
}

// Majority scores the best constant prediction of examples, see [metrics.Scheme.Majority].
func (t Task) Majority(examples []Example) ([]metrics.Score, error) {
	var gold [][]string
	for _, x := range examples {
		if labels := x.gold(); labels != nil {
			gold = append(gold, labels)
		}
	}
	if gold == nil {
		return nil, noLabels(examples)
	}
	return t.Metrics().Majority(t.Labels, gold)
}

func noLabels(examples []Example) error {
	return usererror.Errorf("none of the %d examples has a label to score against", len(examples))
}

// gold returns the example's labels: one, or one for each word; nil without labels.
func (x Example) gold() []string {
	if x.Label != "" {
		return []string{x.Label}
	}
	return x.Tags
}
