package train

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"xpt/training"
)

// A run that is made longer ends as one that was begun with that length, bit for bit, whether it was cut or had ended.
func TestLongerRunEndsAsAnUncutOne(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, method := range []string{"full", "prefix"} {
		o := tinyOptions(t, checkpoint, "udpos", method)
		o.LearningRate, o.HeadRate, o.Schedule, o.WarmUp, o.Epochs = 1e-2, 1e-2, "constant", 0, 4
		l := newTiny(t, o)
		whole, wholeDir := create(t, o, l)
		if err := trainIn(t, whole, l, 0); err != nil {
			t.Fatal(err)
		}
		for _, cut := range []int{0, 1, 3} {
			short := o
			short.Epochs = 2
			l := newTiny(t, short)
			run, dir := create(t, short, l)
			if err := trainIn(t, run, l, cut); err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			run.Close()
			run, err := ResumeFor(dir, training.Length{Epochs: 4})
			if err != nil {
				t.Fatal(err)
			}
			if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
				t.Fatal(err)
			}
			run.Close()
			r, err := readTrained(dir)
			if err != nil || !r.Finished || r.Options != o || len(r.Extended) != 1 || r.Extended[0].Epochs != 2 {
				t.Errorf("%s, cut at %d: record %+v, %v", method, cut, r, err)
			}
			if r.Best.Step != whole.Best.Step || r.Best.Score != whole.Best.Score || r.Best.Step != 8 {
				t.Errorf("%s, cut at %d: best %+v, want %+v", method, cut, r.Best, whole.Best)
			}
			if contents(t, filepath.Join(dir, bestFile)) != contents(t, filepath.Join(wholeDir, bestFile)) {
				t.Errorf("%s, cut at %d: %s differs", method, cut, bestFile)
			}
			if a, b := strings.Count(contents(t, filepath.Join(dir, metricsFile)), "\n"), strings.Count(contents(t, filepath.Join(wholeDir, metricsFile)), "\n"); a != b {
				t.Errorf("%s, cut at %d: %d lines of metrics, want %d", method, cut, a, b)
			}
		}
	}
}

// A length that would have made the past another is refused with the reason, and the folder stays as it is.
func TestLengthThatChangesThePastIsRefused(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for name, c := range map[string]struct {
		set  func(o *training.Options)
		cut  int
		to   training.Length
		want string
	}{
		"linear": {func(o *training.Options) { o.WarmUp = 0 }, 3, training.Length{Epochs: 5},
			"--resume --epochs 5: with the linear schedule and --warm-up 0 a run of 10 steps has other rates than one of 6 from step 2 on, and 3 steps are done"},
		"linear, finished":      {func(*training.Options) {}, 0, training.Length{Epochs: 5}, "is finished, and a longer run with --schedule linear and --warm-up 0.06 would have had other rates"},
		"another warm-up":       {func(o *training.Options) { o.Schedule, o.WarmUp = "constant", 0.5 }, 3, training.Length{Epochs: 5}, "with the constant schedule and --warm-up 0.5"},
		"shorter":               {func(o *training.Options) { o.Schedule, o.WarmUp = "constant", 0 }, 3, training.Length{Epochs: 2}, "the run ends after 6 steps, and with these flags after 4"},
		"shorter than done":     {func(o *training.Options) { o.Schedule, o.WarmUp = "constant", 0 }, 3, training.Length{Epochs: 1}, "the run ends after 6 steps, and with these flags after 2"},
		"an evaluation between": {func(o *training.Options) { o.Schedule, o.WarmUp, o.Steps = "constant", 0, 3 }, 0, training.Length{Steps: 6}, "the run ended with an evaluation after step 3"},
		"patience": {func(o *training.Options) {
			o.Schedule, o.WarmUp, o.Patience, o.LearningRate, o.HeadRate, o.Epochs = "constant", 0, 1, 1e-30, 1e-30, 2
		}, 0, training.Length{Epochs: 5},
			"ended by --patience 1"},
	} {
		o := tinyOptions(t, checkpoint, "udpos", "prefix")
		c.set(&o)
		l := newTiny(t, o)
		run, dir := create(t, o, l)
		if err := trainIn(t, run, l, c.cut); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		run.Close()
		before := contents(t, filepath.Join(dir, recordFile))
		run, err := ResumeFor(dir, c.to)
		if err == nil {
			err = trainIn(t, run, newTiny(t, run.Options), 0)
			run.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if contents(t, filepath.Join(dir, recordFile)) != before {
			t.Errorf("%s: the record is another after it was refused", name)
		}
	}
}
