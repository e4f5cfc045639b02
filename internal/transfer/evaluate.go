package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
)

// Language is how one run does in one language.
type Language struct {
	Language string  `json:"language"`
	Examples int     `json:"examples"`
	Scores   []Score `json:"scores"`
	Majority []Score `json:"majority"` // of the best constant prediction
	Classes  []Class `json:"classes"`  // [ByClass]

	Predicted [][]string         `json:"-"` // per example its label, or one per word
	Gold      []datasets.Example `json:"-"`
}

// Evaluate predicts the split of data in each language and scores it. report,
// which may be nil, hears of the languages as they begin and of the rows done
// in each.
func Evaluate(ctx context.Context, l *train.Learner, data *train.Data, split string, languages []string, report func(language string, done, rows int)) ([]Language, error) {
	var results []Language
	for _, language := range languages {
		part, err := data.Part(split, language)
		if err != nil {
			return nil, usererror.Of(err)
		}
		items, err := data.Items(l.Encoder, part)
		if err != nil {
			return nil, usererror.Of(err)
		}
		result, err := evaluate(ctx, l, part.Examples, items, func(done, rows int) {
			if report != nil {
				report(language, done, rows)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", language, err)
		}
		result.Language = language
		results = append(results, result)
	}
	return results, nil
}

func evaluate(ctx context.Context, l *train.Learner, examples []datasets.Example, items []train.Item, report func(done, rows int)) (r Language, err error) {
	report(0, len(items))
	predicted, err := l.Predict(ctx, items, func(done int) { report(done, len(items)) })
	if err != nil {
		return r, err
	}
	return NewLanguage(l.Task, examples, l.Labels(items, predicted, len(examples)))
}

// NewLanguage scores predictions, each example's label or one per word.
func NewLanguage(task datasets.Task, examples []datasets.Example, predicted [][]string) (r Language, err error) {
	r = Language{Examples: len(examples), Gold: examples, Predicted: predicted}
	if r.Scores, err = Scores(task, examples, predicted); err != nil {
		return r, err
	}
	if r.Classes, err = ByClass(task, examples, predicted); err != nil {
		return r, err
	}
	r.Majority, err = Majority(task, examples)
	return r, err
}
