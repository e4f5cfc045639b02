package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/metrics"
	"xpt/internal/train"
	"xpt/internal/usererror"
)

// LanguageResult is the evaluation of predictions in one language.
type LanguageResult struct {
	Code     string          `json:"language"`
	Examples int             `json:"examples"`
	Scores   []metrics.Score `json:"scores"`
	Majority []metrics.Score `json:"majority"` // of the best constant prediction
	Classes  []metrics.Class `json:"classes"`

	ByExample []metrics.Counts `json:"-"` // of the main metric
	Predicted [][]string       `json:"-"` // per example its label, or one per word
}

// Evaluate predicts the split of data in each language and scores it. report, unless nil, is called
// as a language begins and with the rows done in it.
func Evaluate(ctx context.Context, l *train.Learner, data *train.Data, split string, languages []string,
	report func(language string, done, rows int),
) ([]LanguageResult, error) {
	var results []LanguageResult
	for _, language := range languages {
		part, err := data.Part(split, language)
		if err != nil {
			return nil, usererror.Of(err)
		}
		items, err := data.Items(l.Encoder, part)
		if err != nil {
			return nil, usererror.Of(err)
		}
		result, err := evaluate(ctx, l, part, items, func(done, rows int) {
			if report != nil {
				report(language, done, rows)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", language, err)
		}
		results = append(results, result)
	}
	return results, nil
}

func evaluate(ctx context.Context, l *train.Learner, part *train.Part, items []train.Item,
	report func(done, rows int),
) (r LanguageResult, err error) {
	report(0, len(items))
	predicted, err := l.Predict(ctx, items, func(done int) { report(done, len(items)) })
	if err != nil {
		return r, err
	}
	return Rate(l.Task, part, l.Labels(items, predicted, len(part.Examples)))
}

// Rate compares predictions, each example's label or one per word, with the part's labels.
func Rate(task datasets.Task, part *train.Part, predicted [][]string) (LanguageResult, error) {
	r := LanguageResult{Code: part.Language, Examples: len(part.Examples), Predicted: predicted}
	rating, err := task.Rate(part.Examples, predicted)
	if err != nil {
		return r, err
	}
	r.Scores, r.Classes, r.ByExample = rating.Scores, rating.Classes, rating.ByExample
	r.Majority, err = task.Majority(part.Examples)
	return r, err
}
