package transfer

import (
	"context"
	"fmt"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/metrics"
	"xpt/training"
)

// Evaluate predicts the split of data in each language, within a limit, and scores it. record is the run's. report,
// unless nil, is called as a language begins and with the rows done in it; before them with an empty language
// for the dev set that a temperature is fitted to.
func Evaluate(ctx context.Context, l *train.Learner, record training.Record, data *train.Data, split string,
	languages []string, limit datasets.Limit, report func(language string, done, rows int),
) ([]metrics.LanguageResult, error) {
	temperature, err := fitTemperature(ctx, l, record.Options, data, limit, report)
	if err != nil {
		return nil, err
	}
	var results []metrics.LanguageResult
	for _, language := range languages {
		part, err := data.Drawn(split, language, limit)
		if err != nil {
			return nil, usererror.Of(err)
		}
		items, err := data.Items(l.Encoder, part)
		if err != nil {
			return nil, usererror.Of(err)
		}
		result, err := evaluate(ctx, l, data, part, items, temperature, func(done int) {
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

func evaluate(ctx context.Context, l *train.Learner, data *train.Data, part *train.Part, items []train.Item, temperature float64,
	report func(done int),
) (r metrics.LanguageResult, err error) {
	report(0)
	classified, err := l.Classify(ctx, items, report)
	if err != nil {
		return r, err
	}
	best := make([][]int, len(items))
	for i, c := range classified {
		best[i] = c.Best
	}
	if r, err = Rate(data, part, l.Labels(items, best, len(part.Examples))); err != nil {
		return r, err
	}
	r.Probabilities = make([][]float64, len(part.Examples))
	for i, item := range items { // the pieces of a split sentence follow one another
		all := &r.Probabilities[item.Example]
		for j, row := range classified[i].Probabilities {
			if l.Task.TagsWords() {
				row = row[best[i][j]:][:1]
			}
			*all = append(*all, row...)
		}
	}
	r.Calibration = calibrate(train.WithGold(items, classified), temperature)
	return r, nil
}

// Rate compares predictions, each example's label or one per word, with the part's labels.
func Rate(data *train.Data, part *train.Part, predicted [][]string) (metrics.LanguageResult, error) {
	r := metrics.LanguageResult{Code: part.Language, Examples: len(part.Examples), Predicted: predicted}
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
