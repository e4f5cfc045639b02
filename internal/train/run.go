package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"xpt/checkpoints"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/training"
)

// A run folder holds
//
//	run.json           Record: the options, the environment, the labels, what is trained, the best evaluation
//	metrics.jsonl      a Step or an Evaluation per line
//	metrics.csv        with --log csv: the same; columns that are not of a line's kind are empty
//	events.tfevents    with --log tensorboard: the same as scalars of TensorBoard
//	best.safetensors   what the run is for, at the best evaluation: prompt_embeddings,
//	                   classifier.{weight,bias}, with method full the backbone's weights, with lora
//	                   NAME.lora_A.weight and NAME.lora_B.weight of linear layers, and biases
//	state.safetensors  the state to resume from; removed once training is finished, unless it can be made longer
//	lock               held by the process that trains
//
// Each file but the metrics and the logs is replaced whole, so that the folder is complete
// at any moment.
const (
	recordFile  = "run.json"
	metricsFile = "metrics.jsonl"
	bestFile    = "best.safetensors"
	lockFile    = "lock"
)

// Run is a run folder that this process trains in, or is to train in.
type Run struct {
	training.Record
	Guard func() error // nil, or an error where the folder is another process's by now: nothing more is written

	dir     string
	metrics *os.File
	logs    []logFile
	lock    *os.File
	undo    func() // removes the folders that were made for a new run
	extends bool   // to another length than its state was made for
}

// ErrInUse is returned when another process holds the lock.
var ErrInUse = errors.New("in use by another process")

// NewRun is a run with resolved options that is to be made in a new folder. Nothing is written
// before its training begins, see [Fit].
func NewRun(dir string, o training.Options) *Run {
	return &Run{dir: dir, Record: training.Record{Options: o}}
}

// begin makes the folder of a new run that now describes, and holds one that is resumed against it.
func (r *Run) begin(now training.Record, listen func(training.Event)) error {
	switch {
	case !r.open():
		return r.create(now)
	case now.Backbone != r.Backbone:
		return usererror.Errorf("%s no longer holds the weights that the run was started on: pass --checkpoint DIR", r.Options.Checkpoint)
	case checkComputation(r.Record, r.Options.Checkpoint, now.Computes) != nil:
		return checkComputation(r.Record, r.Options.Checkpoint, now.Computes)
	case r.Origin != nil && now.Origin.BestFile != r.Origin.BestFile:
		return usererror.Errorf("%s no longer holds what the run started from", r.Options.From)
	case !slices.Equal(now.Labels, r.Labels):
		return usererror.Errorf("the labels in %s are others, or in another order, than those of the task: put back what the run wrote", filepath.Join(r.dir, recordFile))
	case r.Data != "" && now.Data != r.Data:
		return usererror.Errorf("%s no longer holds the examples that the run was started on: pass --data DIR", r.Options.Data)
	}
	if differs := environmentDiff(r.Record, now); differs != "" {
		listen(training.Warning(differs + ": it may not end bit for bit as it would have"))
	}
	return nil
}

// create makes the folder; one that holds something is refused, but for what a process leaves that
// is killed while it creates one.
func (r *Run) create(record training.Record) error {
	if err := checkFree(r.dir); err != nil {
		return err
	}
	undo, err := checkpoints.MakeFolder(r.dir)
	if err != nil {
		return err
	}
	if err := r.lockFolder(); err != nil {
		undo()
		return err
	}
	if IsRun(r.dir) { // another process was faster, and is done with it
		return errors.Join(notFree(r.dir), r.Close())
	}
	r.undo, r.Record = undo, record
	if err := r.write(); err != nil {
		return errors.Join(err, r.discard())
	}
	return nil
}

// checkFree refuses a folder that no new run can be made in.
func checkFree(dir string) error {
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

// began tells whether the run has come so far that a later process can go on from it, or that its
// metrics say something.
func (r *Run) began() bool {
	size, err := r.metrics.Seek(0, io.SeekEnd)
	_, missing := os.Stat(filepath.Join(r.dir, stateFile))
	return r.Best != nil || size > 0 || err != nil || !errors.Is(missing, os.ErrNotExist)
}

// discard removes a new run that has not begun, so that the same command works once its input is
// corrected. It leaves any other run alone.
func (r *Run) discard() error {
	if r.undo == nil || r.guarded() != nil || r.began() {
		return nil
	}
	err := r.removeLogs()
	for _, name := range []string{recordFile, metricsFile, lockFile} { // the lock last: it holds the others
		err = errors.Join(err, removeFile(filepath.Join(r.dir, name)))
	}
	err = errors.Join(err, r.Close())
	r.undo()
	return err
}

// Resume opens the folder of a run to go on with. A finished run is refused.
func Resume(dir string) (*Run, error) { return ResumeFor(dir, training.Length{}) }

// ResumeFor is [Resume] to another length. A finished run is continued if its schedule allows a longer one.
func ResumeFor(dir string, length training.Length) (*Run, error) {
	if _, err := ReadRecord(dir); err != nil {
		return nil, err
	}
	r := &Run{dir: dir}
	err := r.lockFolder()
	if err != nil {
		return nil, err
	}
	if r.Record, err = ReadRecord(dir); err == nil {
		r.lengthen(length)
		err = r.resumable()
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// FollowFor is ResumeFor of a process that is not rank 0: it reads what rank 0 resumes, and locks nothing.
func FollowFor(dir string, length training.Length) (*Run, error) {
	record, err := ReadRecord(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{dir: dir, Record: record}
	r.lengthen(length)
	return r, r.resumable()
}

// resumable refuses a run that is finished, or that would end without what its best evaluation
// kept. One without a state begins anew, and needs nothing.
func (r *Run) resumable() error {
	saved, err := regular.Exists(filepath.Join(r.dir, stateFile))
	if err == nil && r.Best != nil && (saved || r.Finished) {
		err = checkBest(r.Record, r.dir)
	}
	switch {
	case err != nil:
	case r.Finished && r.extends && !saved && !canBeLonger(r.Options):
		err = fmt.Errorf("%s is finished, and a longer run with --schedule %s and --warm-up %v would have had other rates: train anew, or with --schedule constant --warm-up 0",
			r.dir, r.Options.Schedule, r.Options.WarmUp)
	case r.Finished && r.extends && !saved:
		err = fmt.Errorf("%s is finished, and its %s is gone: train anew", r.dir, stateFile)
	case r.Finished && !r.extends:
		err = fmt.Errorf("%s is finished: there is nothing to resume", r.dir)
	case r.Training == nil && r.Options.Limit > 0:
		err = fmt.Errorf("%s was begun by an xpt whose --limit took the first %d examples, and this one draws them by --seed: train it anew", r.dir, r.Options.Limit)
	}
	return err
}

func (r *Run) guarded() error {
	if r.Guard == nil {
		return nil
	}
	return r.Guard()
}

// open tells whether the process has the folder.
func (r *Run) open() bool { return r.lock != nil }

// lockFolder locks the folder and opens the metrics. Files that a killed process was writing go; of
// a large model they are gigabytes.
func (r *Run) lockFolder() error {
	lock, err := Lock(filepath.Join(r.dir, lockFile))
	if err != nil {
		return err
	}
	for _, name := range []string{recordFile, bestFile, stateFile} {
		partial, err := filepath.Glob(filepath.Join(r.dir, "."+name+".*")) // as checkpoints.WriteFile names them
		for _, path := range partial {
			err = errors.Join(err, os.Remove(path))
		}
		if err != nil {
			return errors.Join(err, lock.Close())
		}
	}
	metrics, err := regular.Update(filepath.Join(r.dir, metricsFile))
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	if _, err := metrics.Seek(0, io.SeekEnd); err != nil {
		return errors.Join(err, metrics.Close(), lock.Close())
	}
	r.lock, r.metrics = lock, metrics
	return nil
}

// Lock takes a lock file for this process until it is closed, also by the
// process's death. ErrInUse is returned if another process holds the lock. A file system that knows no
// locks, such as Lustre without its option flock, protects nothing.
func Lock(path string) (*os.File, error) {
	lock, err := regular.Update(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil && !errors.Is(err, syscall.ENOSYS) && !errors.Is(err, syscall.EOPNOTSUPP) {
		lock.Close()
		return nil, usererror.Errorf("%s is %w", filepath.Dir(path), ErrInUse)
	}
	return lock, nil
}

// keep logs an evaluation, after it has kept what l has learned where that is the best so far.
func (r *Run) keep(e training.Evaluation, l *Learner) error {
	if err := r.guarded(); err != nil {
		return err
	}
	if e.Best {
		path := filepath.Join(r.dir, bestFile)
		metadata, err := bestMetadata(r.Record, e.Step)
		if err != nil {
			return err
		}
		if err := l.save(path, metadata); err != nil {
			return err
		}
		if r.BestFile, err = fingerprint(path); err != nil {
			return err
		}
		r.Best = &e
		if err := r.write(); err != nil {
			return err
		}
	}
	return r.log(e)
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

// log adds a step or an evaluation to the metrics, and to the logs.
func (r *Run) log(e training.Event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if _, err := r.metrics.Write(append(text, '\n')); err != nil {
		return err
	}
	for _, l := range r.logs {
		if _, err := l.Write(l.event(e)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) write() error {
	if err := r.guarded(); err != nil {
		return err
	}
	text, err := json.MarshalIndent(portable(r.Record, r.dir), "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(filepath.Join(r.dir, recordFile), append(text, '\n'))
}

// Close lets go of the folder. A second call does nothing.
func (r *Run) Close() error {
	if !r.open() {
		return nil
	}
	err := errors.Join(r.closeLogs(), r.metrics.Close(), r.lock.Close())
	r.metrics, r.lock = nil, nil
	return err
}
