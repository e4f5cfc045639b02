package study

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"xpt/internal/train"
)

// frozen stands for the backbone before training.
const frozen = "frozen"

// analyse writes the languages' properties and their distances under the frozen backbone, unless they are up to date or another process
// does.
func (r *runner) analyse(ctx context.Context) (err error) {
	todo, err := r.toAnalyse()
	if len(todo) == 0 {
		delete(r.elsewhere, analysesDir)
		return err
	}
	held, err := r.take(ctx, analysesDir)
	if held == nil {
		return err
	}
	defer func() { err = errors.Join(err, r.claim.Release("")) }()
	if todo, err = r.toAnalyse(); err != nil { // since it was looked at
		return err
	}
	for _, write := range todo {
		if held.Err() == nil {
			err = write(held)
		}
		if ctx.Err() != nil {
			return stopped(ctx.Err())
		}
		if held.Err() != nil {
			r.elsewhere[analysesDir] = "taken over by another process"
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// toAnalyse are the analyses that are not up to date.
func (r *runner) toAnalyse() (todo []func(context.Context) error, err error) {
	for _, name := range r.Tasks {
		t := r.tasks[name]
		properties := Properties{Task: name, Key: checksum(t.languages, t.digests, r.Language, r.backbone, r.pretraining)}
		if old, ok, err := read[Properties](r.propertiesPath(name)); err != nil {
			return nil, err
		} else if !ok || old.Key != properties.Key {
			todo = append(todo, func(context.Context) error { return r.properties(properties) })
		}
	}
	if r.sentences == nil {
		return todo, nil
	}
	if old, ok, err := read[Distances](r.distancesPath(frozen)); err != nil {
		return nil, err
	} else if !ok || old.Key != r.sentences.key {
		todo = append(todo, r.frozenDistances)
	}
	return todo, nil
}

func (r *runner) frozenDistances(ctx context.Context) error {
	l, err := r.bare()
	if err != nil {
		return err
	}
	return r.represent(ctx, l, r.distancesPath(frozen), Distances{Backbone: frozen, Method: frozen, Key: r.sentences.key})
}

// properties writes the properties of a task's languages.
func (r *runner) properties(properties Properties) error {
	name := properties.Task
	t, data := r.tasks[name], r.use(name)
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
	return writeJSON(r.propertiesPath(name), properties)
}

func (r *runner) propertiesPath(task string) string {
	return filepath.Join(r.dir, analysesDir, task+".json")
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

// lacksDistances tells whether a cell that is done wants distances that are not there.
func (r *runner) lacksDistances(j job) bool {
	if !r.wantsDistances(j.Cell) {
		return false
	}
	old, ok, err := read[Distances](r.distancesPath(j.Name()))
	return err != nil || !ok || old.Key != checksum(r.sentences.key, j.key)
}

// backfillDistances writes missing distances of a cell that was done before.
func (r *runner) backfillDistances(ctx context.Context, j job) {
	if !r.lacksDistances(j) {
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
