package xpt

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/metrics"
	"xpt/training"
)

// EvaluateOptions say on what a run is evaluated. Data must be set.
type EvaluateOptions struct {
	Data        string `flag:"data" path:"true" help:"folder of the task's data, or its parent"`
	Languages   string `flag:"languages" help:"all, or a list of codes or names such as en,German,sw; en_ewt+en_pud joins treebanks of a language"`
	Split       string `flag:"split" help:"test or dev; empty: test where the data has one"`
	Limit       int    `flag:"limit" range:"[0,]" help:"score N examples of each language, drawn by --seed; 0: all"`
	Seed        uint64 `flag:"seed" help:"of --limit"`
	Predictions string `flag:"predictions" path:"true" help:"folder to write predictions to: per run and language a .tsv as XTREME has it, and .jsonl with texts, gold and probabilities"`

	// Progress, unless nil, is called as a language begins, and with the examples done in it and
	// how many languages there are; before them with an empty language for the dev set that a temperature is fitted to.
	Progress func(language string, done, examples, languages int)
}

// RunResult is how a run does, and all that a reader of its numbers needs to know.
type RunResult struct {
	Run        string                   `json:"run"`
	Task       string                   `json:"task"`
	Split      string                   `json:"split"`
	Metric     string                   `json:"metric"` // the main one, first of Scores
	Data       string                   `json:"data"`   // folder
	LeftOut    []datasets.LeftOut       `json:"left_out,omitempty"`
	Limit      int                      `json:"limit,omitempty"` // most examples of a language
	Seed       uint64                   `json:"seed,omitempty"`  // that drew them
	Checkpoint string                   `json:"checkpoint"`
	DType      string                   `json:"dtype"`
	Device     string                   `json:"device"`
	Date       time.Time                `json:"date"`
	Command    string                   `json:"command,omitempty"` // that asked for it; set by its program
	Record     training.Record          `json:"record"`
	Languages  []metrics.LanguageResult `json:"languages"`
}

// Evaluate predicts a split of the task's data in each language and scores it. The model is one of
// [OpenRun]. Its probabilities are rated too, as they are and at the temperature that fits the dev set of the
// trained language best, where the data have one. Predictions are files {split}-{language}.tsv as XTREME's submissions are laid out, and
// {split}-{language}.jsonl with an example a line: id, file, line, text, pair or words, gold, predicted
// and probabilities (of all labels by name; of tagged words that of each predicted tag). None is
// replaced that holds something else.
func (m *Model) Evaluate(ctx context.Context, o EvaluateOptions) (e RunResult, err error) {
	if o.Data == "" {
		return e, usererror.New("--data is missing: name the folder of the task's data")
	}
	if err := m.checkTask(); err != nil {
		return e, err
	}
	task := m.learner.Task
	chosen, err := transfer.Choose(task, o.Data, o.Split, o.Languages)
	if err != nil {
		return e, usererror.Of(err)
	}
	if m.learner.Ranks.First() && o.Predictions != "" {
		if err := transfer.CheckPredictions(o.Predictions, task, chosen.Split, chosen.Languages); err != nil {
			return e, usererror.Errorf("--predictions: %w", err)
		}
	}
	progress := func(language string, done, examples int) {
		if o.Progress != nil {
			o.Progress(language, done, examples, len(chosen.Languages))
		}
	}
	e = RunResult{Run: RunName(m.run), Task: task.Name, Split: chosen.Split, Metric: task.Metrics().Main().Name, Data: o.Data, LeftOut: chosen.LeftOut, Limit: o.Limit, Seed: o.Seed,
		Checkpoint: m.Checkpoint(), DType: m.DType(), Device: m.Device(), Date: time.Now().UTC().Truncate(time.Second), Record: m.record}
	data, limit := train.NewData(task, o.Data), datasets.Limit{N: o.Limit, Seed: o.Seed}
	err = m.use(func() error {
		if e.Languages, err = transfer.Evaluate(ctx, m.learner, m.record, data, chosen.Split, chosen.Languages, limit, progress); err != nil {
			return fmt.Errorf("%s: %w", m.run, err)
		}
		return nil
	})
	if err == nil && o.Predictions != "" && m.learner.Ranks.First() {
		err = transfer.WritePredictions(o.Predictions, data, chosen.Split, limit, e.Languages)
	}
	return e, err
}

// RunName is the last part of a run's path, also of one such as "..".
func RunName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}
