package train

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"xpt/datasets"
	"xpt/internal/memory"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// Fit trains on data as run's options say, from where run stands, and returns its record. It reads
// the training and dev splits, makes a learner on base, and trains it by a [Trainer]. listen,
// unless nil, is called with each event. A new run that fails before its first step leaves nothing, so
// that the same command works once its input is corrected.
func Fit(ctx context.Context, base *Base, data *Data, run *Run, listen func(training.Event)) (_ training.Record, err error) {
	var none training.Record
	if listen == nil {
		listen = func(training.Event) {}
	}
	ctx, cancel := base.Ranks.Context(ctx)
	defer cancel()
	if !run.open() && base.Ranks.First() {
		if err := checkFree(run.dir); err != nil {
			return none, err
		}
	}
	// This training's peak begins here, after what an earlier one of the process has left.
	libtorch.ReleaseMemory()
	peakOf := training.PeakOfProcess
	if memory.RestartPeak() {
		peakOf = training.PeakOfTraining
	}
	base.Device.RestartPeak()
	o := run.Options
	f, err := newFitting(base, data, o)
	if err != nil {
		return none, usererror.Of(err)
	}
	defer f.Close()
	f.train.warn(listen, f.items, o.MaxLength)
	for i, dev := range f.dev {
		dev.warn(listen, f.devItems[i], o.MaxLength)
	}
	f.Learner.warn(listen, o.Checkpoint)
	now, err := NewRecord(o, f.Learner)
	if err != nil {
		return none, err
	}
	now.Data, now.Origin = f.digest(), f.origin
	trainingSample, devSample := f.train.Sample(), f.devSample()
	now.Training, now.Dev = &trainingSample, &devSample
	if base.Ranks != nil { // one process need not read its program's file for its fingerprint
		err = base.Ranks.Same(facts(now, o))
	}
	if err == nil && base.Ranks.First() {
		err = run.begin(now, listen)
	}
	if err != nil {
		return none, err
	}
	defer func() {
		if err != nil && !errors.Is(err, context.Canceled) && base.Ranks.First() {
			err = errors.Join(err, run.discard())
		}
	}()
	t, err := NewTrainer(f.Learner, f.items, f.train.Examples, o, listen)
	if err != nil {
		return run.Record, err
	}
	defer t.Free()
	t.languages, t.devScore = byLanguage(t.items, f.sizes), f.devScore
	run.PeakOf = peakOf
	if t.total() == 1 && t.rateFactor() == 0 {
		listen(training.Warning(fmt.Sprintf("the only step is one of the warm-up, with a rate of 0, so that nothing is trained: give more --epochs, or --warm-up 0 instead of %v", o.WarmUp)))
	}
	if !base.Ranks.First() {
		return now, t.follow(ctx)
	}
	err = run.train(ctx, t)
	return run.Record, err
}

// fitting is a learner with what it is trained on and rated by.
type fitting struct {
	*Learner
	sources
	items    []Item           // the training rows
	devItems [][]Item         // by language
	origin   *training.Record // the run that it starts from; nil: none
}

func newFitting(base *Base, data *Data, o training.Options) (f fitting, err error) {
	if f.sources, err = data.sources(o); err != nil {
		return f, err
	}
	if f.Learner, err = base.Learner(o, data.Task); err != nil {
		return f, err
	}
	if err := f.prepare(base, data, o); err != nil {
		return f, errors.Join(err, f.Close())
	}
	return f, nil
}

// prepare makes the rows, and what the learner starts from.
func (f *fitting) prepare(base *Base, data *Data, o training.Options) (err error) {
	if f.items, err = data.Items(f.Encoder, f.train); err != nil {
		return err
	}
	for _, dev := range f.dev {
		items, err := data.Items(f.Encoder, dev)
		if err != nil {
			return err
		}
		if !labelled(items) {
			return usererror.Errorf("none of the %d dev examples has a label, and the best state is chosen by them", len(dev.Examples))
		}
		f.devItems = append(f.devItems, items)
	}
	if o.From == "" {
		return nil
	}
	r, err := f.startFrom(o.From, o, data.Task, base.Dir)
	f.origin = &r
	return err
}

// devScore is the mean of the source languages' dev scores.
func (f *fitting) devScore(ctx context.Context) (mean float64, err error) {
	for i, dev := range f.dev {
		score, err := f.DevScore(ctx, f.devItems[i], dev.Examples)
		if err != nil {
			return 0, err
		}
		mean += score / float64(len(f.dev))
	}
	return mean, nil
}

// train continues from the run's state to its end.
func (r *Run) train(ctx context.Context, t *Trainer) error {
	t.run = r
	if err := r.loadState(t); err != nil {
		return err
	}
	if r.extends {
		if err := t.checkLonger(r.Extended[len(r.Extended)-1]); err != nil {
			return err
		}
		r.Finished = false
		if err := r.write(); err != nil {
			return err
		}
	}
	if err := t.train(ctx); err != nil {
		return err
	}
	r.Finished, r.Seconds, r.PeakBytes = true, t.elapsed(), memory.Peak()
	r.GPUPeakBytes = t.Model.Device().PeakMemory()
	if err := r.write(); err != nil {
		return err
	}
	if canBeLonger(r.Options) {
		return nil
	}
	return DropState(r.dir)
}

// DevScore is the number that chooses the best state, larger is better: the task's main metric on the
// dev examples, for language modelling minus the loss.
func (l *Learner) DevScore(ctx context.Context, items []Item, examples []datasets.Example) (float64, error) {
	if !l.Task.HasLabels() {
		loss, err := l.Loss(ctx, items)
		return -loss, err
	}
	predicted, err := l.Predict(ctx, items, nil)
	if err != nil {
		return 0, err
	}
	rating, err := l.Task.Rate(examples, l.Labels(items, predicted, len(examples)))
	if err != nil {
		return 0, err
	}
	return rating.Scores[0].Value, nil
}

// warn tells of odd rows, and of examples over the limit.
func (p *Part) warn(listen func(training.Event), items []Item, maxLength int) {
	const shown = 3 // of each
	for _, odd := range p.Odd[:min(shown, len(p.Odd))] {
		listen(training.Warning(fmt.Sprintf("%s:%d: %s", odd.File, odd.Line, odd.What)))
	}
	if more := len(p.Odd) - shown; more > 0 {
		listen(training.Warning(fmt.Sprintf("and %d more odd rows, which xpt data shows", more)))
	}
	cut := over(items, p.Examples)
	if n := len(cut); n > 0 {
		places := strings.Join(cut[:min(shown, n)], ", ")
		if n > shown {
			places += ", ..."
		}
		listen(training.Warning(fmt.Sprintf("%s: %d of %d examples are longer than --max-length %d (texts are cut, tagged sentences split): %s",
			p.Split, n, len(p.Examples), maxLength, places)))
	}
}

// warn tells of what a checkpoint holds and a training does not use.
func (l *Learner) warn(listen func(training.Event), checkpoint string) {
	if note := l.Model.Note; note != "" {
		listen(training.Warning(checkpoint + ": " + note))
	}
	if rate := l.Model.Config.LayerDrop; rate > 0 {
		listen(training.Warning(fmt.Sprintf("the checkpoint's config.json has layerdrop %v: xpt trains all layers in every step", rate)))
	}
}
