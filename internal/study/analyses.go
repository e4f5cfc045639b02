package study

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"xpt/internal/train"
)

// frozen stands for the backbone before training.
const frozen = "frozen"

// analyse writes the languages' properties and their distances under the frozen backbone, unless they are up to date.
func (r *runner) analyse(ctx context.Context) error {
	for _, name := range r.Tasks {
		if err := ctx.Err(); err != nil {
			return stopped(err)
		}
		if err := r.properties(name); err != nil {
			return err
		}
	}
	if r.sentences == nil {
		return nil
	}
	path := r.distancesPath(frozen)
	if old, ok, err := read[Distances](path); err != nil || ok && old.Key == r.sentences.key {
		return err
	}
	l, err := r.bare()
	if err != nil {
		return err
	}
	err = r.represent(ctx, l, path, Distances{Backbone: frozen, Method: frozen, Key: r.sentences.key})
	if ctx.Err() != nil {
		return stopped(ctx.Err())
	}
	return err
}

// properties writes the properties of a task's languages.
func (r *runner) properties(name string) error {
	t := r.tasks[name]
	properties := Properties{Task: name, Key: checksum(t.languages, t.digests, r.Language, r.backbone, r.pretraining)}
	path := filepath.Join(r.dir, analysesDir, name+".json")
	if old, ok, err := read[Properties](path); err != nil || ok && old.Key == properties.Key {
		return err
	}
	data := r.use(name)
	var trained *train.Part
	if t.Parallel && slices.Contains(t.languages, r.source()) {
		var err error
		if trained, err = data.Part(t.split, r.source()); err != nil {
			return err
		}
	}
	for _, language := range t.languages {
		part, err := data.Part(t.split, language)
		if err != nil {
			return err
		}
		p := LanguageProperty{Language: language}
		if r.pretraining != nil {
			p.BillionTokens, p.Tier = r.pretraining.BillionTokens(language), r.pretraining.Tier(language)
		}
		if t.TagsWords() {
			words := tokenizeWords(r.base.Tokenizer, part.Examples)
			p.Fertility, p.ContinuedShare, p.SingleShare = words.fertility(), words.continuedShare(), words.singleShare()
		}
		if trained != nil {
			p.ParallelRatio, p.Pairs = parallelRatio(r.base.Tokenizer, part.Examples, trained.Examples)
		}
		properties.Languages = append(properties.Languages, p)
	}
	return writeJSON(path, properties)
}

func (r *runner) distancesPath(backbone string) string {
	return filepath.Join(r.dir, distancesDir, backbone+".json")
}

// writeDistances writes the distances under a trained cell that wants them. Errors only warn.
func (r *runner) writeDistances(ctx context.Context, j job, l *train.Learner) {
	if !r.wantsDistances(j.Cell) {
		return
	}
	d := Distances{Backbone: j.Name(), Method: j.Method, Key: checksum(r.sentences.key, j.key)}
	if err := r.represent(ctx, l, r.distancesPath(j.Name()), d); err != nil && ctx.Err() == nil {
		r.warnOfDistances(j, err)
	}
}

// backfillDistances writes missing distances of a cell that was done before.
func (r *runner) backfillDistances(ctx context.Context, j job) {
	if !r.wantsDistances(j.Cell) {
		return
	}
	old, ok, err := read[Distances](r.distancesPath(j.Name()))
	if err == nil && ok && old.Key == checksum(r.sentences.key, j.key) {
		return
	}
	l, _, err := r.open(r.runDir(j.Cell))
	if err != nil {
		r.warnOfDistances(j, err)
		return
	}
	defer l.Close()
	r.writeDistances(ctx, j, l)
}

func (r *runner) warnOfDistances(j job, err error) {
	r.listen.Warn(fmt.Sprintf("%s: distances of its representations: %v", j.Name(), err))
}

func (r *runner) represent(ctx context.Context, l *train.Learner, path string, d Distances) error {
	states, err := l.MeanStates(ctx, r.sentences.rows)
	if err != nil {
		return err
	}
	d.Task, d.Sentences = r.sentences.task, r.sentences.sentences
	if d.Languages, err = r.sentences.distances(states); err != nil {
		return err
	}
	return writeJSON(path, d)
}
