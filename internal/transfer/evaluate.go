package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/metrics"
)

// Evaluate predicts the split of data in each language and scores it. report, which may be nil,
// hears of the languages as they begin and of the rows done in each.
func Evaluate(ctx context.Context, l *train.Learner, data *train.Data, split string, languages []string, report func(language string, done, rows int)) ([]metrics.LanguageResult, error) {
	var results []metrics.LanguageResult
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

func evaluate(ctx context.Context, l *train.Learner, part *train.Part, items []train.Item, report func(done, rows int)) (r metrics.LanguageResult, err error) {
	report(0, len(items))
	predicted, err := l.Predict(ctx, items, func(done int) { report(done, len(items)) })
	if err != nil {
		return r, err
	}
	return Rate(l.Task, part, l.Labels(items, predicted, len(part.Examples)))
}

// Rate compares predictions, each example's label or one per word, with the part's labels.
func Rate(task datasets.Task, part *train.Part, predicted [][]string) (metrics.LanguageResult, error) {
	r := metrics.LanguageResult{Code: part.Language, Examples: len(part.Examples), Predicted: predicted}
	rating, err := task.Rate(part.Examples, predicted)
	if err != nil {
		return r, err
	}
	r.Scores, r.Classes, r.ByExample = rating.Scores, rating.Classes, rating.ByExample
	r.Majority, err = task.Majority(part.Examples)
	return r, err
}
