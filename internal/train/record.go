package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"xpt/datasets"
	"xpt/internal/jsonfile"
	"xpt/internal/kernels"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// NewRecord describes a run that is to train l.
func NewRecord(o training.Options, l *Learner) (r training.Record, err error) {
	r = training.Record{Options: o, Computes: l.Model.Config.Computation(), Labels: l.Task.Labels, Counts: l.Counts(), DType: l.Model.DType().String(), Device: l.Model.Device().String(),
		Threads: libtorch.Threads(), Torch: libtorch.Version(), Processor: kernels.CPUModel(), Started: time.Now().UTC().Truncate(time.Second)}
	if !o.FromScratch {
		r.Backbone, err = xglm.Fingerprint(o.Checkpoint)
	}
	return r, err
}

// environmentDiff says what differs between the environments of two trainings, whose results may
// therefore differ in their last bits; "" for nothing.
func environmentDiff(was, now training.Record) string {
	for _, f := range []struct{ what, was, is string }{
		{"libtorch", was.Torch, now.Torch}, {"processor", was.Processor, now.Processor}, {"device", was.Device, now.Device},
		{"number of threads", fmt.Sprint(was.Threads), fmt.Sprint(now.Threads)},
	} {
		if f.was != "" && f.was != f.is {
			return fmt.Sprintf("the %s is %s, and the run was started with %s", f.what, f.is, f.was)
		}
	}
	return ""
}

// ReadRecord reads a run folder's description.
func ReadRecord(dir string) (training.Record, error) {
	var r training.Record
	path := filepath.Join(dir, recordFile)
	text, err := regular.ReadFile(path, largestRecord)
	if errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%s is no run folder: it has no %s", dir, recordFile)
	}
	if err != nil {
		return r, err
	}
	if r, err = parseRecord(text); err != nil {
		return r, usererror.Errorf("%s is damaged (%w): copy the run again, or train it anew", path, err)
	}
	resolvePaths(&r, dir)
	return r, nil
}

func parseRecord(text []byte) (r training.Record, err error) {
	if err := jsonfile.Unmarshal(text, &r); err != nil {
		return r, err
	}
	return r, checkRecord(r)
}

// check refuses what no run has written: its settings are those that xpt train
// takes, and a task that labels has labels.
func checkRecord(r training.Record) error {
	if _, err := Resolve(r.Options); err != nil {
		return err
	}
	if r.Origin != nil {
		if err := checkRecord(*r.Origin); err != nil {
			return fmt.Errorf("origin: %w", err)
		}
	}
	task, err := datasets.Lookup(r.Options.Task)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, label := range r.Labels {
		if label == "" || seen[label] {
			return fmt.Errorf("the label %q is empty, or there twice", label)
		}
		seen[label] = true
	}
	switch {
	case (r.Training == nil) != (r.Dev == nil):
		return errors.New("training_examples and dev_examples go together")
	case r.Training != nil && !(sound(*r.Training) && sound(*r.Dev)):
		return errors.New("training_examples and dev_examples are at least 1, and at most those that they are of")
	case len(r.Labels) == 0 && task.HasLabels():
		return errors.New("it has no labels")
	case r.Best != nil && (r.Best.Step < 1 || r.Best.Epoch < 1):
		return fmt.Errorf("the best evaluation is of step %d in epoch %d", r.Best.Step, r.Best.Epoch)
	case r.Threads < 0 || r.Threads > 1<<20:
		return fmt.Errorf("threads is %d", r.Threads)
	}
	return nil
}

func sound(s datasets.Sample) bool { return s.Examples >= 1 && s.Examples <= s.Of }

// largestRecord is how many bytes a run's record may have.
const largestRecord = 1 << 20

// readTrained is ReadRecord of a run that has something to load.
func readTrained(dir string) (training.Record, error) {
	r, err := ReadRecord(dir)
	if err == nil {
		err = loadable(r, dir)
	}
	return r, err
}

func loadable(r training.Record, dir string) error {
	if r.Best == nil {
		return fmt.Errorf("%s has no finished evaluation yet: there is nothing to load", dir)
	}
	return checkBest(r, dir)
}

// checkComputation refuses a checkpoint whose config.json was changed since the run was trained.
func checkComputation(r training.Record, checkpoint, now string) error {
	if r.Computes != "" && r.Computes != now {
		return usererror.Errorf("%s has a config.json of %s, and the run was trained with %s", checkpoint, now, r.Computes)
	}
	return nil
}

// checkBackbone refuses a checkpoint with other weights than those that a run which leaves them as
// they are was trained on.
func checkBackbone(r training.Record, checkpoint string) error {
	have, err := xglm.Fingerprint(checkpoint)
	if err == nil && have != r.Backbone {
		err = fmt.Errorf("%s holds other weights than those that the run was trained on", checkpoint)
	}
	return err
}
