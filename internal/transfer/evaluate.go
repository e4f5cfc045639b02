package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/metrics"
	"xpt/internal/train"
	"xpt/internal/usererror"
)

// LanguageResult is how predictions do in one language, or in one of its treebanks.
type LanguageResult struct {
	Code     string          `json:"language"`
	Files    []string        `json:"files,omitempty"` // of the examples, below the data folder
	Seen     string          `json:"seen,omitempty"`  // what the run knows of the examples; empty: they are held out
	Examples int             `json:"examples"`
	Of       int             `json:"of,omitempty"` // examples that the files have, where fewer were drawn
	Scores   []metrics.Score `json:"scores"`
	Majority []metrics.Score `json:"majority"` // of the best constant prediction
	Classes  []metrics.Class `json:"classes"`

	ByExample []metrics.Counts   `json:"-"` // of the main metric
	Gold      []datasets.Example `json:"-"`
	Predicted [][]string         `json:"-"` // per example its label, or one per word
	// Probabilities are, per example, those of the task's labels or, of tagged words, that of each
	// word's predicted tag; nil where likelihoods were compared.
	Probabilities [][]float64 `json:"-"`
}

// Evaluate predicts the split of data in each language, within a limit, and scores it. record is the run's.
// report, which may be nil, hears of the languages as they begin and of the rows done in each.
func Evaluate(ctx context.Context, l *train.Learner, record train.Record, data *train.Data, split string, languages []string, limit datasets.Limit, report func(language string, done, rows int)) ([]LanguageResult, error) {
	var results []LanguageResult
	for _, language := range languages {
		part, err := data.Drawn(split, language, limit)
		if err != nil {
			return nil, usererror.Of(err)
		}
		items, err := data.Items(l.Encoder, part)
		if err != nil {
			return nil, usererror.Of(err)
		}
		result, err := evaluate(ctx, l, data, part, items, func(done int) {
			if report != nil {
				report(language, done, len(items))
			}
		})
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", language, err)
		}
		if result.Seen, err = data.Seen(record, split, language); err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

func evaluate(ctx context.Context, l *train.Learner, data *train.Data, part *train.Part, items []train.Item, report func(done int)) (r LanguageResult, err error) {
	report(0)
	best, probabilities, err := l.Classify(ctx, items, report)
	if err != nil {
		return r, err
	}
	if r, err = Rate(data, part, l.Labels(items, best, len(part.Examples))); err != nil {
		return r, err
	}
	r.Probabilities = make([][]float64, len(part.Examples))
	for i, item := range items { // the pieces of a split sentence follow one another
		all := &r.Probabilities[item.Example]
		for j, row := range probabilities[i] {
			if l.Task.TagsWords() {
				row = row[best[i][j]:][:1]
			}
			*all = append(*all, row...)
		}
	}
	return r, nil
}

// Rate compares predictions, each example's label or one per word, with the part's labels.
func Rate(data *train.Data, part *train.Part, predicted [][]string) (LanguageResult, error) {
	r := LanguageResult{Code: part.Language, Examples: len(part.Examples), Gold: part.Examples, Predicted: predicted}
	if part.Of > r.Examples {
		r.Of = part.Of
	}
	for _, file := range part.Files {
		r.Files = append(r.Files, data.Below(file))
	}
	rating, err := data.Task.Rate(part.Examples, predicted)
	if err != nil {
		return r, err
	}
	r.Scores, r.Classes, r.ByExample = rating.Scores, rating.Classes, rating.ByExample
	r.Majority, err = data.Task.Majority(part.Examples)
	return r, err
}
