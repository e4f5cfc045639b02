package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/train"
)

// Language is how one run does in one language.
type Language struct {
	Language string  `json:"language"`
	Examples int     `json:"examples"`
	Scores   []Score `json:"scores"`
	Majority []Score `json:"majority"` // of the best constant prediction

	Predicted [][]string         `json:"-"` // per example its label, or one per word
	Gold      []datasets.Example `json:"-"`
}

// Evaluate predicts the split of dir in each language and scores it. report,
// which may be nil, hears of the languages as they begin and of the rows done
// in each.
func Evaluate(ctx context.Context, l *train.Learner, dir, split string, languages []string, report func(language string, done, rows int)) ([]Language, error) {
	var results []Language
	for _, language := range languages {
		examples, err := l.Task.Load(dir, split, language)
		if err != nil {
			return nil, err
		}
		result, err := evaluate(ctx, l, examples, func(done, rows int) {
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

func evaluate(ctx context.Context, l *train.Learner, examples []datasets.Example, report func(done, rows int)) (r Language, err error) {
	items, err := l.Items(examples)
	if err != nil {
		return r, err
	}
	report(0, len(items))
	predicted, err := l.Predict(ctx, items, func(done int) { report(done, len(items)) })
	if err != nil {
		return r, err
	}
	r = Language{Examples: len(examples), Gold: examples, Predicted: l.Labels(items, predicted, len(examples))}
	if r.Scores, err = Scores(l.Task, examples, r.Predicted); err != nil {
		return r, err
	}
	r.Majority, err = Majority(l.Task, examples)
	return r, err
}

// DevScore is the number that chooses the best epoch: the task's main metric on
// the dev examples, for language modelling minus the loss.
func DevScore(ctx context.Context, l *train.Learner, items []train.Item, examples []datasets.Example) (float64, error) {
	if l.Task.Kind == datasets.LanguageModeling {
		loss, err := l.Loss(ctx, items)
		return -loss, err
	}
	predicted, err := l.Predict(ctx, items, nil)
	if err != nil {
		return 0, err
	}
	scores, err := Scores(l.Task, examples, l.Labels(items, predicted, len(examples)))
	if err != nil {
		return 0, err
	}
	return scores[0].Value, nil
}
