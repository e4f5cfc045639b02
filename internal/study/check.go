package study

import (
	"fmt"
	"path/filepath"
	"strings"

	"xpt/internal/metrics"
)

// stem is a file's name without its ending, which says what it describes.
func stem(path string) string { return strings.TrimSuffix(filepath.Base(path), ".json") }

// check refuses what no cell has come to: the report takes it by its numbers.
func (o Outcome) check(path string) error {
	if o.Name() != stem(path) {
		return fmt.Errorf("it is of the cell %s", o.Name())
	}
	if o.Status == Failed {
		return nil
	}
	if o.Status != Done || len(o.Languages) == 0 {
		return fmt.Errorf("its status is %q, with %d languages", o.Status, len(o.Languages))
	}
	seen := map[string]bool{}
	for _, l := range o.Languages {
		if l.Code == "" || seen[l.Code] {
			return fmt.Errorf("the language %q is empty, or there twice", l.Code)
		}
		seen[l.Code] = true
		if err := l.check(o.Languages[0].Scores); err != nil {
			return fmt.Errorf("language %s: %w", l.Code, err)
		}
	}
	return nil
}

// check holds a language against the metrics of the first one.
func (l LanguageResult) check(first []metrics.Score) error {
	if len(first) == 0 || len(l.Scores) != len(first) || len(l.Majority) != len(first) {
		return fmt.Errorf("%d scores and %d of the best constant answer, and the first language has %d", len(l.Scores), len(l.Majority), len(first))
	}
	for i, m := range first {
		for _, s := range []metrics.Score{l.Scores[i], l.Majority[i]} {
			if s.Metric != m.Metric || s.Value < 0 || s.Value > 1 {
				return fmt.Errorf("%s is %v: expected %s, from 0 to 1", s.Metric, s.Value, m.Metric)
			}
		}
	}
	if l.Examples < 1 || len(l.ByExample) != l.Examples {
		return fmt.Errorf("%d counts for %d examples", len(l.ByExample), l.Examples)
	}
	for _, n := range l.ByExample {
		if n.Correct < 0 || n.Correct > n.Predicted || n.Correct > n.Gold {
			return fmt.Errorf("%d of %d predicted and %d gold are counted correct", n.Correct, n.Predicted, n.Gold)
		}
	}
	return nil
}

func (p Properties) check(path string) error {
	if p.Task != stem(path) {
		return fmt.Errorf("it is of the task %q", p.Task)
	}
	return nil
}

func (d Distances) check(path string) error {
	if d.Backbone != stem(path) {
		return fmt.Errorf("it is of the backbone %q", d.Backbone)
	}
	for _, l := range d.Languages {
		if len(l.Mean) != 2 {
			return fmt.Errorf("language %s has a mean of %d coordinates, not 2", l.Language, len(l.Mean))
		}
	}
	return nil
}
