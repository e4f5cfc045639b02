package transfer

import (
	"context"
	"fmt"
	"strings"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/metrics"
	"xpt/training"
)

// fitTemperature fits a temperature to the dev sets that chose the run's state, or within limit to as many examples
// of them as of each language; 0 where the data lack the dev set of a trained language.
func fitTemperature(ctx context.Context, l *train.Learner, o training.Options, data *train.Data, limit datasets.Limit,
	report func(language string, done, rows int),
) (float64, error) {
	if limit.N == 0 {
		limit = datasets.Limit{N: o.DevLimit, Seed: o.Seed}
	}
	var items []train.Item
	for _, language := range o.Languages() {
		if !hasDev(data.Task, data.Dir, language) {
			return 0, nil
		}
		dev, err := data.Drawn("dev", language, limit)
		if err != nil {
			return 0, usererror.Of(err)
		}
		some, err := data.Items(l.Encoder, dev)
		if err != nil {
			return 0, usererror.Of(err)
		}
		items = append(items, some...)
	}
	tell := func(done int) {
		if report != nil {
			report("", done, len(items))
		}
	}
	tell(0)
	classified, err := l.Classify(ctx, items, tell)
	if err != nil {
		return 0, fmt.Errorf("dev set in %s: %w", o.Language, err)
	}
	scored := train.WithGold(items, classified)
	if len(scored) == 0 {
		return 0, nil
	}
	return metrics.FitTemperature(scored), nil
}

// hasDev tells whether the data have a dev set in a language, or in treebanks that language joins by +.
func hasDev(task datasets.Task, dir, language string) bool {
	have, err := task.Languages(dir, "dev")
	if err != nil || language == "" {
		return false
	}
	for _, part := range strings.Split(language, "+") {
		if rowsOf(have, part) == nil {
			return false
		}
	}
	return true
}

// calibrate rates the probabilities of predictions as they are and, unless it is 0, at a temperature.
func calibrate(predictions []metrics.Scored, temperature float64) *metrics.Calibration {
	if len(predictions) == 0 {
		return nil
	}
	c := &metrics.Calibration{ECE: metrics.ECE(predictions, 1)}
	if temperature > 0 {
		c.Scaled = &metrics.Scaled{Temperature: temperature, ECE: metrics.ECE(predictions, temperature)}
	}
	return c
}
