package xpt

import (
	"context"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/xglm"
)

// ZeroShotOptions name labelled data that a language model answers as it is: each label makes a text
// of the example, and the likeliest text wins.
type ZeroShotOptions struct {
	Template  string `flag:"template" help:"xnli, pawsx or xcopa: zero-shot accuracy on labelled data"`
	Data      string `flag:"data" path:"true" help:"of --template: folder of the task's data, or its parent"`
	Languages string `flag:"languages" help:"of --template: all, or a list such as en,de,sw"`
	Split     string `flag:"split" help:"of --template: test or dev; empty: test where the data has one"`
	Words     string `flag:"words" help:"of --template: your own words for right,yes,also,no,because,so, for every language"`
	Calibrate string `flag:"calibrate" help:"of --template: contextual or pmi: the accuracy by label scores without what the model gives them for no example, beside the others"`
	Limit     int    `flag:"limit" range:"[0,]" help:"of --template: score N examples of each language, drawn by --seed; 0: all"`
	Seed      uint64 `flag:"seed" help:"of --limit"`
}

// ZeroShot is labelled data with the words that make texts of it.
type ZeroShot struct {
	Split     string             // that is read
	Languages []string           // that are read
	LeftOut   []datasets.LeftOut // languages of the data that have nothing to score

	o     ZeroShotOptions
	task  datasets.Task
	words map[string]zeroshot.Words // by language
}

// ZeroShotResult is how often the likeliest text was the right one in one language, counted as
// EleutherAI's lm-eval counts.
type ZeroShotResult struct {
	Task     string  `json:"task"`
	Split    string  `json:"split"`
	Language string  `json:"language"`
	Examples int     `json:"examples"`
	Of       int     `json:"of,omitempty"`    // examples that the files have, where fewer were drawn
	Seed     uint64  `json:"seed,omitempty"`  // that drew them
	Acc      float64 `json:"acc"`             // by the sum of log-probabilities
	StdErr   float64 `json:"acc_stderr"`      // of the mean
	AccNorm  float64 `json:"acc_norm"`        // by the sum divided by the scored text's length in characters
	StdNorm  float64 `json:"acc_norm_stderr"` // of the mean

	Calibrated *CalibratedZeroShot `json:"calibrated,omitempty"` // nil: not asked for
}

// CalibratedZeroShot is the accuracy by the sum of log-probabilities of a label's text minus a term of the label that needs no
// example. By contextual calibration (Zhao et al. 2021) the term is the logarithm of the label's mean probability where N/A,
// [MASK] and nothing stand for the example's texts, by pmi (Holtzman et al. 2021) the sum of the template without an example.
type CalibratedZeroShot struct {
	By     string  `json:"by"` // contextual or pmi
	Acc    float64 `json:"acc"`
	StdErr float64 `json:"acc_stderr"` // of the mean
}

// OpenZeroShot finds the data, and reads none of its examples yet.
func OpenZeroShot(o ZeroShotOptions) (*ZeroShot, error) {
	if !slices.Contains(zeroshot.Tasks, o.Template) {
		return nil, usererror.Errorf("--template: %q is not one of %s", o.Template, strings.Join(zeroshot.Tasks, ", "))
	}
	if err := zeroshot.CheckCalibration(o.Calibrate); err != nil {
		return nil, usererror.Errorf("--calibrate: %w", err)
	}
	if o.Data == "" {
		return nil, usererror.New("--template: name the folder of the data with --data")
	}
	z := &ZeroShot{o: o, words: map[string]zeroshot.Words{}}
	var err error
	if z.task, err = datasets.Open(o.Template, o.Data); err != nil {
		return nil, usererror.Of(err)
	}
	chosen, err := transfer.Choose(z.task, o.Data, o.Split, o.Languages)
	if err != nil {
		return nil, usererror.Of(err)
	}
	z.Split, z.Languages, z.LeftOut = chosen.Split, chosen.Languages, chosen.LeftOut
	for _, language := range z.Languages {
		if z.words[language], err = o.words(language); err != nil {
			return nil, err
		}
	}
	return z, nil
}

func (o ZeroShotOptions) words(language string) (zeroshot.Words, error) {
	if o.Words == "" {
		words, err := zeroshot.Lookup(language)
		return words, usererror.Of(err)
	}
	w, err := zeroshot.ParseWords(o.Words)
	if err != nil {
		err = usererror.Errorf("--words: %w", err)
	}
	return w, err
}

// AnswerZeroShot lets the model answer the examples of each language and calls each with the result
// as soon as it is there. progress, unless nil, is called with the number of a language's examples done.
func (m *Model) AnswerZeroShot(ctx context.Context, z *ZeroShot, each func(ZeroShotResult) error, progress func(language string, done, examples int)) error {
	if m.noTexts != nil {
		return m.noTexts
	}
	return m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		for _, language := range z.Languages {
			all, err := z.task.Load(z.o.Data, z.Split, language)
			if err != nil {
				return usererror.Of(err)
			}
			examples := datasets.Limit{N: z.o.Limit, Seed: z.o.Seed}.Draw(all)
			report := func(done int) {
				if progress != nil {
					progress(language, done, len(examples))
				}
			}
			report(0)
			_, n, err := zeroshot.Answer(ctx, s, m.learner.Model, past, m.tokenizer, z.task, z.words[language], examples, z.o.Calibrate, report)
			if err != nil {
				return err
			}
			r := ZeroShotResult{Task: z.task.Name, Split: z.Split, Language: language, Examples: n.Examples,
				Acc: n.Acc, StdErr: n.StdErr, AccNorm: n.AccNorm, StdNorm: n.StdNorm}
			if n.Calibrated != nil {
				r.Calibrated = (*CalibratedZeroShot)(n.Calibrated)
			}
			if len(examples) < len(all) {
				r.Of, r.Seed = len(all), z.o.Seed
			}
			if err := each(r); err != nil {
				return err
			}
		}
		return nil
	})
}
