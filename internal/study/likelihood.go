package study

import (
	"context"
	"time"

	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/metrics"
)

// likelihood evaluates the frozen language model zero-shot, by the likelihood of each label's text.
func (r *runner) likelihood(ctx context.Context, j job) (o Outcome, err error) {
	data, t := r.use(j.Task), r.tasks[j.Task]
	l, err := r.bare()
	if err != nil {
		return o, err
	}
	l.Task = t.Task
	if o.Record, err = train.NewRecord(j.options, l); err != nil {
		return o, err
	}
	o.Record.Finished = true
	for _, language := range j.languages { // later cells read none of it again
		if _, err := data.Drawn(t.split, language, r.limit()); err != nil {
			return o, err
		}
	}
	started := time.Now()
	var languages []metrics.LanguageResult
	for _, language := range j.languages {
		words, err := zeroshot.Lookup(language)
		if err != nil {
			return o, err
		}
		part, err := data.Drawn(t.split, language, r.limit())
		if err != nil {
			return o, err
		}
		predicted := make([][]string, len(part.Examples))
		err = libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
			progress := func(done int) { r.listen.At("scores "+language, done, len(part.Examples)) }
			labels, _, err := zeroshot.Answer(ctx, s, l.Model, nil, r.base.Tokenizer, t.Task, words, part.Examples, "", progress)
			for i, label := range labels {
				predicted[i] = []string{label}
			}
			return err
		})
		if err != nil {
			return o, err
		}
		result, err := transfer.Rate(data, part, predicted)
		if err != nil {
			return o, err
		}
		languages = append(languages, result)
	}
	o.Seconds = time.Since(started).Seconds()
	return o, r.saveResults(j, &o, languages)
}
