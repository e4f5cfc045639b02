package transfer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"xpt/internal/train"
	"xpt/internal/usererror"
)

// Listener hears of a training as it goes on; what is nil is not told.
type Listener struct {
	Warn      func(line string)
	Step      func(s train.Step, total int)
	Evaluated func(train.Evaluation)
}

// Fit trains on data as the resolved options say, from where run stands: one
// that [train.Resume] opened, or nil for a new one in the folder out.
func Fit(ctx context.Context, base *train.Base, data *Data, o train.Options, run *train.Run, out string, listen Listener) (_ train.Record, err error) {
	var none train.Record
	if run == nil {
		if err := train.CheckFree(out); err != nil {
			return none, err
		}
	}
	training, dev, err := trainingParts(data, o)
	if err != nil {
		return none, usererror.Of(err)
	}
	l, err := base.Learner(o, data.Task)
	if err != nil {
		return none, usererror.Of(err)
	}
	defer l.Close()
	items, err := data.Items(l.Encoder, training)
	if err != nil {
		return none, usererror.Of(err)
	}
	devItems, err := data.Items(l.Encoder, dev)
	if err != nil {
		return none, usererror.Of(err)
	}
	if !train.Labelled(devItems) {
		return none, usererror.Errorf("none of the %d dev examples has a label, and the best state is chosen by them", len(dev.Examples))
	}
	if listen.Warn != nil {
		warn(listen.Warn, training, items, o.MaxLength)
		warn(listen.Warn, dev, devItems, o.MaxLength)
		if note := l.Model.Note; note != "" {
			listen.Warn(o.Checkpoint + ": " + note)
		}
		if rate := l.Model.Config.LayerDrop; rate > 0 {
			listen.Warn(fmt.Sprintf("the checkpoint's config.json has layerdrop %v: xpt trains all layers in every step", rate))
		}
	}
	record, err := train.NewRecord(o, l)
	if err != nil {
		return none, err
	}
	record.Data = trainingDigest(training, dev)
	switch {
	case run == nil:
		if run, err = train.Create(out, record); err != nil {
			return none, err
		}
		defer func() {
			if err == nil || errors.Is(err, context.Canceled) || run.Began() {
				err = errors.Join(err, run.Close())
			} else {
				err = errors.Join(err, run.Discard())
			}
		}()
	case record.Backbone != run.Backbone:
		return none, usererror.Errorf("%s no longer holds the weights that the run was started on", o.Checkpoint)
	case run.Data != "" && record.Data != run.Data:
		return none, usererror.Errorf("%s no longer holds the examples that the run was started on", o.Data)
	default:
		if differs := run.Elsewhere(record); differs != "" && listen.Warn != nil {
			listen.Warn(differs + ": it may not end bit for bit as it would have")
		}
	}
	err = run.Train(ctx, l, items, training.Examples,
		func(ctx context.Context) (float64, error) { return DevScore(ctx, l, devItems, dev.Examples) },
		func(s train.Step, total int) {
			if listen.Step != nil {
				listen.Step(s, total)
			}
		},
		func(e train.Evaluation) {
			if listen.Evaluated != nil {
				listen.Evaluated(e)
			}
		})
	return run.Record, err
}

// trainingParts reads what a run trains on, and what chooses its best state.
func trainingParts(data *Data, o train.Options) (training, dev *Part, err error) {
	if training, err = data.Part("train", o.Language); err != nil {
		return nil, nil, err
	}
	if dev, err = data.Part("dev", o.Language); err != nil {
		return nil, nil, fmt.Errorf("the best state is chosen on a dev split: %w", err)
	}
	return data.first(training, o.Limit), dev, nil
}

// TrainingDigest is the checksum of what a run with these options trains on,
// as its record has it.
func TrainingDigest(data *Data, o train.Options) (string, error) {
	training, dev, err := trainingParts(data, o)
	if err != nil {
		return "", err
	}
	return trainingDigest(training, dev), nil
}

func trainingDigest(training, dev *Part) string { return training.Digest + "-" + dev.Digest }

// warn tells of odd rows, and of examples over the limit.
func warn(tell func(line string), p *Part, items []train.Item, maxLength int) {
	const shown = 3 // of each
	for _, odd := range p.Odd[:min(shown, len(p.Odd))] {
		tell(fmt.Sprintf("%s:%d: %s", odd.File, odd.Line, odd.What))
	}
	if more := len(p.Odd) - shown; more > 0 {
		tell(fmt.Sprintf("and %d more odd rows, which xpt data shows", more))
	}
	over := train.Over(items, p.Examples)
	if n := len(over); n > 0 {
		places := strings.Join(over[:min(shown, n)], ", ")
		if n > shown {
			places += ", ..."
		}
		tell(fmt.Sprintf("%s: %d of %d examples are longer than --max-length %d (texts are cut, tagged sentences split): %s",
			p.Split, n, len(p.Examples), maxLength, places))
	}
}
