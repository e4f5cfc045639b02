package study

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"xpt/metrics"
)

// stem is a file's base name without its extension.
func stem(path string) string { return strings.TrimSuffix(filepath.Base(path), ".json") }

// check refuses a study that no study file gives.
func (s Study) check() error {
	tasks, methods, seeds, cells := set[string]{}, set[string]{}, set[uint64]{}, set[string]{}
	if err := cmp.Or(tasks.fill("task", s.Tasks), methods.fill("method", s.Methods), seeds.fill("seed", s.Seeds)); err != nil {
		return err
	}
	trained := set[uint64]{}
	for _, c := range s.Trials {
		if !tasks[c.Task] || !methods[c.Method] || c.Method == Likelihood || c.Trial == "" || cells[c.Name()] {
			return fmt.Errorf("the trial %s is there twice, or has a task, a method or a point that the study has not", c.Name())
		}
		cells[c.Name()] = true
	}
	for _, c := range s.Cells {
		if !tasks[c.Task] || !methods[c.Method] || c.Method != Likelihood && !seeds[c.Seed] {
			return fmt.Errorf("the cell %s has a task, a method or a seed that the study has not", c.Name())
		}
		if cells[c.Name()] {
			return fmt.Errorf("the cell %s is there twice", c.Name())
		}
		cells[c.Name()] = true
		if c.Method != Likelihood {
			trained[c.Seed] = true
		}
	}
	for _, c := range s.FewShot {
		of := c
		of.Shots, of.ShotsIn = 0, ""
		if c.Shots < 1 || c.ShotsIn == "" || cells[c.Name()] || !cells[of.Name()] {
			return fmt.Errorf("the few-shot cell %s is there twice, or starts from no cell", c.Name())
		}
		cells[c.Name()] = true
	}
	switch {
	case len(s.Cells) == 0:
		return errors.New("it has no cells")
	case len(trained) > 0 && len(trained) < len(seeds):
		return fmt.Errorf("it has %d seeds, and cells of %d", len(seeds), len(trained))
	}
	return nil
}

type set[T comparable] map[T]bool

// fill adds the values of a list, and refuses repeated ones.
func (s set[T]) fill(what string, list []T) error {
	for _, x := range list {
		if s[x] {
			return fmt.Errorf("the %s %v is there twice", what, x)
		}
		s[x] = true
	}
	return nil
}

// check refuses an outcome that no cell has, since the report trusts its numbers.
func (o Outcome) check(path string) error {
	if o.Name() != stem(path) {
		return fmt.Errorf("it is of the cell %s", o.Name())
	}
	switch {
	case o.Status == Failed, o.Status == Diverged && o.Trial != "":
		return nil
	case o.Status != Done:
		return fmt.Errorf("its status is %q", o.Status)
	case o.Trial != "" && (o.Record.Best == nil || o.Record.Best.Score < 0 || o.Record.Best.Score > 1):
		return errors.New("a trial without a dev score from 0 to 1")
	case o.Trial != "":
		return nil
	}
	if err := checkLanguages(o.Languages, func(l LanguageResult) string { return l.Code }); err != nil {
		return err
	}
	for _, l := range o.Languages {
		if err := l.check(o.Languages[0].Scores); err != nil {
			return fmt.Errorf("language %s: %w", l.Code, err)
		}
	}
	return nil
}

// check compares a language's metrics with those of the first language, and checks its counts.
func (l LanguageResult) check(first []metrics.Score) error {
	if len(first) == 0 || len(l.Scores) != len(first) || len(l.Majority) != len(first) {
		return fmt.Errorf("%d scores and %d of the best constant answer, and the first language has %d",
			len(l.Scores), len(l.Majority), len(first))
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
	return checkLanguages(p.Languages, func(l LanguageProperty) string { return l.Language })
}

func checkLanguages[T any](list []T, code func(T) string) error {
	if len(list) == 0 {
		return errors.New("it has no languages")
	}
	var codes []string
	for _, l := range list {
		codes = append(codes, code(l))
	}
	return set[string]{"": true}.fill("language", codes)
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
	return checkLanguages(d.Languages, func(l Distance) string { return l.Language })
}
