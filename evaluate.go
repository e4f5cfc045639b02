package xpt

import (
	"context"
	"fmt"

	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/metrics"
)

// EvaluateOptions say on what a run is evaluated. Data must be set.
type EvaluateOptions struct {
	Data        string `flag:"data" path:"true" help:"folder of the task's data, or its parent"`
	Languages   string `flag:"languages" help:"all, or a list such as en,de,sw"`
	Split       string `flag:"split" help:"test or dev; empty: test where the data has one"`
	Predictions string `flag:"predictions" path:"true" help:"folder to write each run's predictions to"`

	// Warn, unless nil, hears of languages that are left out as their files withhold the text.
	Warn func(text string)
	// Progress, unless nil, hears of the languages as they begin, of the examples done in each, and of
	// how many languages there are.
	Progress func(language string, done, examples, languages int)
}

// Evaluate predicts a split of the task's data in each language and scores it. The model is one of
// [OpenRun]. Predictions are files {split}-{language}.tsv as XTREME's submissions are laid out, of
// which none is replaced that holds something else.
func (m *Model) Evaluate(ctx context.Context, o EvaluateOptions) (results []metrics.LanguageResult, err error) {
	if o.Data == "" {
		return nil, usererror.New("--data is missing: name the folder of the task's data")
	}
	if err := m.checkTask(); err != nil {
		return nil, err
	}
	task := m.learner.Task
	split, languages, err := transfer.Choose(task, o.Data, o.Split, o.Languages)
	if err != nil {
		return nil, usererror.Of(err)
	}
	if o.Languages == "all" || o.Languages == "" {
		leftOut, err := transfer.LeftOut(task, o.Data, split)
		if err != nil {
			return nil, usererror.Of(err)
		}
		if leftOut != "" && o.Warn != nil {
			o.Warn(leftOut)
		}
	}
	if o.Predictions != "" {
		if err := transfer.CheckPredictions(o.Predictions, task, split, languages); err != nil {
			return nil, usererror.Errorf("--predictions: %w", err)
		}
	}
	progress := func(language string, done, examples int) {
		if o.Progress != nil {
			o.Progress(language, done, examples, len(languages))
		}
	}
	err = m.use(func() error {
		if results, err = transfer.Evaluate(ctx, m.learner, train.NewData(task, o.Data), split, languages, progress); err != nil {
			return fmt.Errorf("%s: %w", m.run, err)
		}
		return nil
	})
	if err == nil && o.Predictions != "" {
		err = transfer.WritePredictions(o.Predictions, task, split, results)
	}
	return results, err
}
