package train

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/jsonfile"
	"xpt/internal/kernels"
	"xpt/internal/memory"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// A run folder holds
//
//	run.json           Record: the options, the environment, the labels, what is trained, the best evaluation
//	metrics.jsonl      a Step or an Evaluation per line
//	best.safetensors   what the run is for, at the best evaluation: prompt_embeddings,
//	                   classifier.{weight,bias}, with method full the backbone's weights
//	state.safetensors  what a cut training goes on from; gone once it is finished
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
	Data      string      `json:"data,omitempty"`     // checksum of the training and dev examples
	Labels    []string    `json:"labels,omitempty"`
	Counts    Counts      `json:"parameters"`
	DType     string      `json:"dtype"`
	Device    string      `json:"device"`
	Threads   int         `json:"threads"`
	Torch     string      `json:"libtorch"`
	Processor string      `json:"processor,omitempty"`
	Started   time.Time   `json:"started"`
	Best      *Evaluation `json:"best,omitempty"`
	Finished  bool        `json:"finished"`
	Seconds   float64     `json:"seconds,omitempty"` // of training, once finished
	PeakBytes int64       `json:"peak_bytes,omitempty"`
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

// Elsewhere says what differs between the surroundings of two trainings whose
// results may therefore differ in their last bits; "" for nothing.
func (r Record) Elsewhere(now Record) string {
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

// Run is a run folder that this process trains in.
type Run struct {
	Record
	dir     string
	metrics *os.File
	lock    *os.File
	undo    func() // removes the folders that were made for it
}

// ErrInUse is what a folder that another process works in is refused with.
var ErrInUse = errors.New("in use by another process")

// Create makes the folder of a new run; one that holds something is refused,
// but for what a process leaves that is killed while it creates one.
func Create(dir string, r Record) (*Run, error) {
	if err := CheckFree(dir); err != nil {
		return nil, err
	}
	undo, err := checkpoints.MakeFolder(dir)
	if err != nil {
		return nil, err
	}
	run, err := take(dir)
	if err != nil {
		undo()
		return nil, err
	}
	run.undo = undo
	if IsRun(dir) { // another process was faster, and is done with it
		return nil, errors.Join(notFree(dir), run.Close())
	}
	run.Record = r
	if err := run.write(); err != nil {
		return nil, errors.Join(err, run.Discard())
	}
	return run, nil
}

// CheckFree refuses a folder that [Create] would.
func CheckFree(dir string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return usererror.Errorf("%s is no folder: name a new one for the run", dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, empty := e.Name(), info.Mode().IsRegular() && info.Size() == 0
		if (name != lockFile && name != metricsFile || !empty) && !strings.HasPrefix(name, "."+recordFile) {
			return notFree(dir)
		}
	}
	return nil
}

func notFree(dir string) error {
	return usererror.Errorf("%s is not empty: name a new folder for the run, or go on with --resume", dir)
}

// Began tells whether the run has come so far that a later process can go on
// from it, or that its metrics say something.
func (r *Run) Began() bool {
	size, err := r.metrics.Seek(0, io.SeekEnd)
	_, missing := os.Stat(filepath.Join(r.dir, stateFile))
	return r.Best != nil || size > 0 || err != nil || !errors.Is(missing, os.ErrNotExist)
}

// Discard closes a run that Create made, and removes it: where a training fails
// before it began, the same command is to work once its input is mended.
func (r *Run) Discard() error {
	err := r.metrics.Close()
	for _, name := range []string{recordFile, metricsFile, lockFile} { // the lock last: it holds the others
		err = errors.Join(err, removeFile(filepath.Join(r.dir, name)))
	}
	err = errors.Join(err, r.lock.Close())
	r.undo()
	return err
}

// Resume opens the folder of a run to go on with. A finished run is refused.
func Resume(dir string) (*Run, error) {
	if _, err := ReadRecord(dir); err != nil {
		return nil, err
	}
	run, err := take(dir)
	if err != nil {
		return nil, err
	}
	if run.Record, err = ReadRecord(dir); err == nil && run.Finished {
		err = fmt.Errorf("%s is finished: there is nothing to resume", dir)
	}
	if err != nil {
		return nil, errors.Join(err, run.Close())
	}
	return run, nil
}

// take locks the folder of a run and opens its metrics. Files that a killed
// process was writing go; of a large model they are gigabytes.
func take(dir string) (*Run, error) {
	lock, err := Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{recordFile, bestFile, stateFile} {
		partial, err := filepath.Glob(filepath.Join(dir, "."+name+".*")) // as checkpoints.WriteFile names them
		for _, path := range partial {
			err = errors.Join(err, os.Remove(path))
		}
		if err != nil {
			return nil, errors.Join(err, lock.Close())
		}
	}
	metrics, err := os.OpenFile(filepath.Join(dir, metricsFile), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if _, err := metrics.Seek(0, io.SeekEnd); err != nil {
		return nil, errors.Join(err, metrics.Close(), lock.Close())
	}
	return &Run{dir: dir, metrics: metrics, lock: lock}, nil
}

// Lock takes a lock file for this process until it is closed, also by the
// process's death. One that another process has is refused with ErrInUse.
func Lock(path string) (*os.File, error) {
	lock, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		lock.Close()
		return nil, usererror.Errorf("%s is %w", filepath.Dir(path), ErrInUse)
	}
	return lock, nil
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
			if e.Best {
				if err := l.save(filepath.Join(r.dir, bestFile)); err != nil {
					return err
				}
				r.Best = &e
				if err := r.write(); err != nil {
					return err
				}
			}
			err := r.log(e)
			evaluated(e) // what is told is kept
			return err
		},
	})
	if err != nil {
		return err
	}
	defer t.free()
	t.hooks.Save = func() error { return r.saveState(t) }
	if err := r.loadState(t); err != nil {
		return err
	}
	if err := t.run(ctx); err != nil {
		return err
	}
	r.Finished, r.Seconds, r.PeakBytes = true, t.elapsed(), memory.Peak()
	if err := r.write(); err != nil {
		return err
	}
	return DropState(r.dir)
}

// DropState removes what only a training that is not finished needs; of a
// large model it is three times the size of the weights.
func DropState(dir string) error { return removeFile(filepath.Join(dir, stateFile)) }

// DropWeights removes what a run trained, after which it cannot be opened.
func DropWeights(dir string) error { return removeFile(filepath.Join(dir, bestFile)) }

// HasWeights tells whether a run can be opened.
func HasWeights(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, bestFile))
	return err == nil
}

// Remove deletes a run, unless another process trains in it.
func Remove(dir string) error {
	lock, err := Lock(filepath.Join(dir, lockFile))
	if err != nil {
		return err
	}
	return errors.Join(os.RemoveAll(dir), lock.Close())
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
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
	case len(r.Labels) == 0 && task.Kind != datasets.LanguageModeling:
		return errors.New("it has no labels")
	case r.Best != nil && (r.Best.Step < 1 || r.Best.Epoch < 1):
		return fmt.Errorf("the best evaluation is of step %d in epoch %d", r.Best.Step, r.Best.Epoch)
	case r.Threads < 0 || r.Threads > 1<<20:
		return fmt.Errorf("threads is %d", r.Threads)
	}
	return nil
}

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
