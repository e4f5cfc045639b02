package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// A run folder holds
//
//	run.json           Record: the options, the environment, the labels, what is trained, the best evaluation
//	metrics.jsonl      a Step or an Evaluation per line
//	best.safetensors   what the run is for, at the best evaluation: prompt_embeddings,
//	                   classifier.{weight,bias}, with method full the backbone's weights
//	state.safetensors  what a cut training goes on from
//	lock               held by the process that trains
//
// Each file but the metrics is replaced whole, so that the folder is complete
// at any moment.
const (
	recordFile  = "run.json"
	metricsFile = "metrics.jsonl"
	bestFile    = "best.safetensors"
	lockFile    = "lock"
)

// Record describes a run.
type Record struct {
	Options   Options     `json:"options"`
	Backbone  string      `json:"backbone,omitempty"` // xglm.Fingerprint of the checkpoint
	Labels    []string    `json:"labels,omitempty"`
	Counts    Counts      `json:"parameters"`
	DType     string      `json:"dtype"`
	Device    string      `json:"device"`
	Threads   int         `json:"threads"`
	Torch     string      `json:"libtorch"`
	Best      *Evaluation `json:"best,omitempty"`
	Finished  bool        `json:"finished"`
	Seconds   float64     `json:"seconds,omitempty"` // of training, once finished
	PeakBytes int64       `json:"peak_bytes,omitempty"`
}

// NewRecord describes a run that is to train l.
func NewRecord(o Options, l *Learner) (r Record, err error) {
	r = Record{Options: o, Labels: l.Task.Labels, Counts: l.Counts(), DType: l.Model.DType().String(), Device: l.Model.Device().String(),
		Threads: libtorch.Threads(), Torch: libtorch.Version()}
	if !o.FromScratch {
		r.Backbone, err = xglm.Fingerprint(o.Checkpoint)
	}
	return r, err
}

// Run is a run folder that this process trains in.
type Run struct {
	Record
	dir     string
	metrics *os.File
	lock    *os.File
}

// Create makes the folder of a new run; one that holds something is refused.
func Create(dir string, r Record) (*Run, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a new folder for the run, or go on with --resume", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	run, err := take(dir, r)
	if err != nil {
		return nil, err
	}
	if err := run.write(); err != nil {
		return nil, errors.Join(err, run.Close())
	}
	return run, nil
}

// Resume opens the folder of a run to go on with. A finished run is refused.
func Resume(dir string) (*Run, error) {
	r, err := ReadRecord(dir)
	if err != nil {
		return nil, err
	}
	if r.Finished {
		return nil, fmt.Errorf("%s is finished: there is nothing to resume", dir)
	}
	return take(dir, r)
}

// take locks the folder, which a process that dies lets go of.
func take(dir string, r Record) (*Run, error) {
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, fmt.Errorf("%s is in use: another process trains in it", dir)
	}
	metrics, err := os.OpenFile(filepath.Join(dir, metricsFile), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if _, err := metrics.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(err, metrics.Close(), lock.Close())
	}
	return &Run{r, dir, metrics, lock}, nil
}

// Train trains l on items, from where the folder's state is, and rates it with
// score on the way (larger is better). step and evaluated hear of what happens.
func (r *Run) Train(ctx context.Context, l *Learner, items []Item, examples []datasets.Example,
	score func(context.Context) (float64, error), step func(Step, int), evaluated func(Evaluation)) error {
	t, err := newTrainer(l, items, examples, r.Options, Hooks{
		Score: score,
		Step: func(s Step, total int) error {
			step(s, total)
			return r.log(s)
		},
		Evaluated: func(e Evaluation) error {
			evaluated(e)
			if e.Best {
				if err := l.save(filepath.Join(r.dir, bestFile)); err != nil {
					return err
				}
				r.Best = &e
				if err := r.write(); err != nil {
					return err
				}
			}
			return r.log(e)
		},
	})
	if err != nil {
		return err
	}
	defer t.opt.free()
	t.hooks.Save = func() error { return r.saveState(t) }
	if err := r.loadState(t); err != nil {
		return fmt.Errorf("%s: %w", r.dir, err)
	}
	if err := t.run(ctx); err != nil {
		return err
	}
	r.Finished, r.Seconds, r.PeakBytes = true, t.elapsed(), peakMemory()
	return r.write()
}

// log adds a line to the metrics.
func (r *Run) log(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = r.metrics.Write(append(text, '\n'))
	return err
}

func (r *Run) write() error {
	text, err := json.MarshalIndent(r.Record, "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(filepath.Join(r.dir, recordFile), append(text, '\n'))
}

// Close lets go of the folder.
func (r *Run) Close() error { return errors.Join(r.metrics.Close(), r.lock.Close()) }

// peakMemory is the largest resident size that the process had, in bytes.
func peakMemory() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Maxrss * 1024
}

// ReadRecord reads a run folder's description.
func ReadRecord(dir string) (Record, error) {
	var r Record
	path := filepath.Join(dir, recordFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return r, fmt.Errorf("%s is no run folder: it has no %s", dir, recordFile)
	}
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

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
	return nil
}

// weights names the file to take the backbone's weights from where the run in
// dir trained them, "" where they are the checkpoint's own. A checkpoint with
// other weights than those that a prompt or head was trained on is refused.
func (r Record) weights(dir, checkpoint string) (string, error) {
	if r.Options.Method == "full" {
		return filepath.Join(dir, bestFile), nil
	}
	have, err := xglm.Fingerprint(checkpoint)
	if err == nil && have != r.Backbone {
		err = fmt.Errorf("%s holds other weights than those that the run was trained on", checkpoint)
	}
	return "", err
}

// Open loads what a run trained, on the backbone that it was trained on. A
// backbone with other weights is refused.
func Open(dir string, dev libtorch.Device, dtype libtorch.DType) (*Learner, Record, error) {
	r, err := readTrained(dir)
	if err != nil {
		return nil, r, err
	}
	l, err := open(dir, r, dev, dtype)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	return l, r, nil
}

func open(dir string, r Record, dev libtorch.Device, dtype libtorch.DType) (l *Learner, err error) {
	o := r.Options
	weights, err := r.weights(dir, o.Checkpoint)
	if err != nil {
		return nil, err
	}
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		return nil, err
	}
	o.Init, o.InitText, o.Reparametrise = "zero", "", 0 // the values follow
	if l, err = newLearner(o, task.WithLabels(r.Labels), dev, dtype, weights); err != nil {
		return nil, err
	}
	ck, err := checkpoints.OpenFile(filepath.Join(dir, bestFile))
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	defer ck.Close()
	params := l.headParameters()
	if l.Prompt != nil {
		params = append(params, xglm.Parameter{Name: softprompt.ValuesName, Tensor: l.Prompt.Parameters()[0].Tensor})
	}
	for _, p := range params {
		if err := read(ck, p.Name, p.Tensor); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}
