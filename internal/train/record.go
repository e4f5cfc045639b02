package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xpt/datasets"
	"xpt/internal/jsonfile"
	"xpt/internal/kernels"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// Record describes a run.
type Record struct {
	Options   Options          `json:"options"`
	Paths     Paths            `json:"paths,omitzero"`
	Backbone  string           `json:"backbone,omitempty"` // xglm.Fingerprint of the checkpoint
	Data      string           `json:"data,omitempty"`     // checksum of the training and dev examples
	Labels    []string         `json:"labels,omitempty"`
	Training  *datasets.Sample `json:"training_examples,omitempty"` // an earlier xpt wrote none, and its limit took the first examples
	Dev       *datasets.Sample `json:"dev_examples,omitempty"`
	Counts    Counts           `json:"parameters"`
	DType     string           `json:"dtype"`
	Device    string           `json:"device"`
	Threads   int              `json:"threads"`
	Torch     string           `json:"libtorch"`
	Processor string           `json:"processor,omitempty"`
	Started   time.Time        `json:"started"`
	Best      *Evaluation      `json:"best,omitempty"`
	BestFile  string           `json:"best_file,omitempty"` // fingerprint of best.safetensors; an earlier xpt wrote none
	Finished  bool             `json:"finished"`
	Extended  []Length         `json:"extended,omitempty"` // its lengths before the options', by --resume
	Seconds   float64          `json:"seconds,omitempty"`  // of training, once finished
	PeakBytes int64            `json:"peak_bytes,omitempty"`
}

// NewRecord describes a run that is to train l.
func NewRecord(o Options, l *Learner) (r Record, err error) {
	r = Record{Options: o, Labels: l.Task.Labels, Counts: l.Counts(), DType: l.Model.DType().String(), Device: l.Model.Device().String(),
		Threads: libtorch.Threads(), Torch: libtorch.Version(), Processor: kernels.CPUModel(), Started: time.Now().UTC().Truncate(time.Second)}
	if !o.FromScratch {
		r.Backbone, err = xglm.Fingerprint(o.Checkpoint)
	}
	return r, err
}

// TrainedOn says which of the examples were trained on and chose the state, where not all; empty for all.
func (r Record) TrainedOn() string {
	o := r.Options
	if r.Training == nil {
		if o.Limit == 0 {
			return ""
		}
		return fmt.Sprintf("the first %s training examples", datasets.Grouped(o.Limit))
	}
	var parts []string
	for _, use := range []struct {
		split string
		datasets.Sample
	}{{"training", *r.Training}, {"dev", *r.Dev}} {
		if use.Examples < use.Of {
			parts = append(parts, fmt.Sprintf("%s of %s %s examples", datasets.Grouped(use.Examples), datasets.Grouped(use.Of), use.split))
		}
	}
	if parts == nil {
		return ""
	}
	return fmt.Sprintf("%s, drawn by seed %d", strings.Join(parts, " and "), o.Seed)
}

// EnvironmentDiff says what differs between the environments of two trainings, whose results may
// therefore differ in their last bits; "" for nothing.
func (r Record) EnvironmentDiff(now Record) string {
	for _, f := range []struct{ what, was, is string }{
		{"libtorch", r.Torch, now.Torch}, {"processor", r.Processor, now.Processor}, {"device", r.Device, now.Device},
		{"number of threads", fmt.Sprint(r.Threads), fmt.Sprint(now.Threads)},
	} {
		if f.was != "" && f.was != f.is {
			return fmt.Sprintf("the %s is %s, and the run was started with %s", f.what, f.is, f.was)
		}
	}
	return ""
}

// ReadRecord reads a run folder's description.
func ReadRecord(dir string) (Record, error) {
	var r Record
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
	r.resolve(dir)
	return r, nil
}

func parseRecord(text []byte) (r Record, err error) {
	if err := jsonfile.Unmarshal(text, &r); err != nil {
		return r, err
	}
	return r, r.check()
}

// check refuses what no run has written: its settings are those that xpt train
// takes, and a task that labels has labels.
func (r Record) check() error {
	if _, err := r.Options.Resolve(); err != nil {
		return err
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
func readTrained(dir string) (Record, error) {
	r, err := ReadRecord(dir)
	if err == nil {
		err = r.loadable(dir)
	}
	return r, err
}

func (r Record) loadable(dir string) error {
	if r.Best == nil {
		return fmt.Errorf("%s has no finished evaluation yet: there is nothing to load", dir)
	}
	return r.checkBest(dir)
}

// checkBackbone refuses a checkpoint with other weights than those that a run which leaves them as
// they are was trained on.
func (r Record) checkBackbone(checkpoint string) error {
	have, err := xglm.Fingerprint(checkpoint)
	if err == nil && have != r.Backbone {
		err = fmt.Errorf("%s holds other weights than those that the run was trained on", checkpoint)
	}
	return err
}
