package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"xpt/checkpoints"
	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// state.safetensors is the state to resume from: every trained parameter
// under its name, the optimizer's tensors under NAME.optimizer.K, of a table
// only the rows that NAME.optimizer.seen marks, and as the bytes of progressName,
// the last of them, the JSON of saved. It is one file so that it is of one moment.
const (
	stateFile    = "state.safetensors"
	progressName = "progress"
)

// saved says when a state was.
type saved struct {
	Progress
	Metrics  int64            `json:"metrics_bytes"`
	Logs     map[string]int64 `json:"log_bytes,omitempty"` // by file
	Run      json.RawMessage  `json:"run,omitempty"`       // the identity; an earlier xpt wrote none
	Checksum string           `json:"checksum"`            // of all tensors, and of this with an empty one
}

// seal gives s the checksum of the tensors in sums and itself.
func (s *saved) seal(sums checksum) error {
	s.Checksum = ""
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	sums.add(progressName, text)
	s.Checksum = sums.String()
	return nil
}

// parseProgress reads what stands under progressName and holds it against the
// other tensors' checksums, the run's record, the training's steps and the bytes of its metrics.
func parseProgress(text []byte, sums checksum, r training.Record, total int, metrics int64) (meta saved, err error) {
	if err := jsonfile.Unmarshal(text, &meta); err != nil {
		return meta, fmt.Errorf("%s: %w", progressName, err)
	}
	was := meta.Checksum
	if err := meta.seal(sums); err != nil {
		return meta, err
	}
	if meta.Checksum != was {
		return meta, fmt.Errorf("its checksum is %s, and %q stands in it", meta.Checksum, was)
	}
	return meta, cmp.Or(checkIdentity(r, meta.Run), meta.check(total, metrics))
}

// check refuses what no training that takes total steps has saved.
func (s saved) check(total int, metrics int64) error {
	for _, c := range []struct {
		name        string
		value, most int64
	}{
		{"step", int64(s.Step), int64(total)}, {"rated", int64(s.LastEvalStep), int64(s.Step)}, {"stale", int64(s.EvalsSinceBest), int64(s.Step)},
		{"metrics_bytes", s.Metrics, metrics},
	} {
		if c.value < 0 || c.value > c.most {
			return fmt.Errorf("%s is %d: expected from 0 to %d", c.name, c.value, c.most)
		}
	}
	return nil
}

func optimizerName(parameter string, k int) string {
	return fmt.Sprintf("%s.optimizer.%d", parameter, k)
}

func seenName(parameter string) string { return parameter + ".optimizer.seen" }

// marked lists the rows that seen marks.
func marked(s *libtorch.Scope, seen []byte) *libtorch.Tensor {
	rows := []int{}
	for r, mark := range seen {
		if mark != 0 {
			rows = append(rows, r)
		}
	}
	return s.Ints(rows)
}

// saveState writes the state of t.
func (r *Run) saveState(t *Trainer) error {
	if err := r.guarded(); err != nil {
		return err
	}
	if err := r.metrics.Sync(); err != nil { // the state counts on them
		return err
	}
	metrics, err := r.metrics.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	logs, err := r.logSizes()
	if err != nil {
		return err
	}
	run, err := identityOf(r.Record)
	if err != nil {
		return err
	}
	sums := checksum{}
	meta := saved{Progress: t.Progress, Metrics: metrics, Logs: logs, Run: run, Checksum: sums.String()}
	text, err := json.Marshal(meta)
	if err != nil {
		return err
	}
	var tensors []checkpoints.TensorWriter
	add := func(t checkpoints.TensorWriter) { tensors = append(tensors, sums.of(t)) }
	return libtorch.NoGrad(t.Model.Device(), func(s *libtorch.Scope) error {
		for _, p := range t.opt.parameters() {
			add(writer(p.Name, p.Tensor))
			var rows *libtorch.Tensor // of a table: those that are kept
			if seen := t.opt.seen[p.Name]; seen != nil {
				rows = marked(s, seen)
				add(checkpoints.Tensor{Name: seenName(p.Name), DType: checkpoints.U8, Shape: []int{len(seen)}, Data: seen}.Writer())
			}
			for k, x := range t.opt.state[p.Name] {
				if rows != nil {
					x = s.IndexSelect(x, 0, rows)
				}
				add(writer(optimizerName(p.Name, k), x))
			}
		}
		for _, m := range t.shardedMoments() {
			add(t.collected(m))
		}
		others := len(tensors)
		tensors = append(tensors, checkpoints.TensorWriter{Name: progressName, DType: checkpoints.U8, Shape: []int{len(text)}, Write: func(w io.Writer) error {
			if len(sums) != others {
				return fmt.Errorf("written before %d of %d others", others-len(sums), others)
			}
			if err := meta.seal(sums); err != nil {
				return err
			}
			text, err := json.Marshal(meta)
			if err == nil {
				_, err = w.Write(text)
			}
			return err
		}})
		return checkpoints.WriteSafetensors(filepath.Join(r.dir, stateFile), tensors, nil)
	})
}

// loadState brings t to where the run was saved and drops the metrics and logs of later
// steps. A run that was cut before its first save starts anew; a state that is
// not whole, or not of this training, is a [usererror.Error].
func (r *Run) loadState(t *Trainer) error {
	path := filepath.Join(r.dir, stateFile)
	there, err := regular.Exists(path)
	if err != nil {
		return err
	}
	if !there {
		return errors.Join(cut(r.metrics, 0), r.openLogs(nil), t.shareState(""))
	}
	meta, err := r.readState(path, t)
	if errors.As(err, new(*editedError)) {
		return usererror.Errorf("%s: %w: put %s back as it was", path, err, recordFile)
	}
	if err != nil {
		return usererror.Errorf("%s is damaged or of another training: remove it, and --resume begins anew (%w)", path, err)
	}
	t.Progress = meta.Progress
	return cmp.Or(cut(r.metrics, meta.Metrics), r.openLogs(meta.Logs), t.shareState(path))
}

// readState reads the parameters and the optimizer's state, once all of the
// file has been found to be what was written.
func (r *Run) readState(path string, t *Trainer) (meta saved, err error) {
	ck, err := checkpoints.OpenFile(path)
	if err != nil {
		return meta, err
	}
	defer ck.Close()
	sums := checksum{}
	for _, name := range ck.Names() {
		x, err := ck.Tensor(name)
		if err != nil {
			return meta, err
		}
		sums.add(name, x.Data)
	}
	progress, err := ck.Tensor(progressName)
	if err != nil {
		return meta, err
	}
	metrics, err := r.metrics.Seek(0, io.SeekEnd)
	if err != nil {
		return meta, err
	}
	if meta, err = parseProgress(progress.Data, sums, r.Record, r.mostSteps(t), metrics); err != nil {
		return meta, err
	}
	return meta, libtorch.NoGrad(t.Model.Device(), func(s *libtorch.Scope) error {
		for _, p := range t.opt.parameters() {
			if err := read(ck, p.Name, p.Tensor); err != nil {
				return err
			}
			if seen := t.opt.seen[p.Name]; seen != nil {
				if err := readRows(s, ck, p.Name, seen, t.opt.state[p.Name]); err != nil {
					return err
				}
				continue
			}
			for k, x := range t.opt.state[p.Name] {
				if err := read(ck, optimizerName(p.Name, k), x); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// readRows reads a table's marks into seen and its marked rows into state.
func readRows(s *libtorch.Scope, ck *checkpoints.Checkpoint, parameter string, seen []byte, state []*libtorch.Tensor) error {
	marks, err := ck.Tensor(seenName(parameter))
	if err != nil {
		return err
	}
	if copy(seen, marks.Data) != len(marks.Data) || len(marks.Data) != len(seen) {
		return fmt.Errorf("tensor %s has shape %v, and [%d] is wanted", marks.Name, marks.Shape, len(seen))
	}
	rows := marked(s, seen)
	for k, x := range state {
		stored := s.Zeros(libtorch.Float32, rows.Len(0), x.Len(1))
		if err := read(ck, optimizerName(parameter, k), stored); err != nil {
			return err
		}
		s.Put(x, 0, rows, stored)
	}
	return nil
}
