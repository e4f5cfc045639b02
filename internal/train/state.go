package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"xpt/checkpoints"
	"xpt/internal/libtorch"
)

// state.safetensors is what a training goes on from: every trained parameter
// under its name, the optimizer's tensors under NAME.optimizer.K, of a table
// only the rows that NAME.optimizer.seen marks, and as the bytes of progressName
// the JSON of saved. It is one file so that it is of one moment.
const (
	stateFile    = "state.safetensors"
	progressName = "progress"
)

// saved says when a state was.
type saved struct {
	Progress
	Metrics int64 `json:"metrics_bytes"`
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
func (r *Run) saveState(t *trainer) error {
	if err := r.metrics.Sync(); err != nil { // the state counts on them
		return err
	}
	metrics, err := r.metrics.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	meta, err := json.Marshal(saved{t.Progress, metrics})
	if err != nil {
		return err
	}
	tensors := []checkpoints.TensorWriter{
		checkpoints.Tensor{Name: progressName, DType: checkpoints.U8, Shape: []int{len(meta)}, Data: meta}.Writer(),
	}
	return libtorch.Infer(t.Model.Device(), func(s *libtorch.Scope) error {
		for _, p := range t.opt.parameters() {
			tensors = append(tensors, writer(p.Name, p.Tensor))
			var rows *libtorch.Tensor // of a table: those that are kept
			if seen := t.opt.seen[p.Name]; seen != nil {
				rows = marked(s, seen)
				tensors = append(tensors, checkpoints.Tensor{Name: seenName(p.Name), DType: checkpoints.U8, Shape: []int{len(seen)}, Data: seen}.Writer())
			}
			for k, x := range t.opt.state[p.Name] {
				if rows != nil {
					x = s.IndexSelect(x, 0, rows)
				}
				tensors = append(tensors, writer(optimizerName(p.Name, k), x))
			}
		}
		return checkpoints.WriteSafetensors(filepath.Join(r.dir, stateFile), tensors, nil)
	})
}

// loadState brings t to where the run was saved and drops the metrics of later
// steps. A run that was cut before its first save starts anew.
func (r *Run) loadState(t *trainer) error {
	ck, err := checkpoints.OpenFile(filepath.Join(r.dir, stateFile))
	if errors.Is(err, os.ErrNotExist) {
		return r.cutMetrics(0)
	}
	if err != nil {
		return err
	}
	defer ck.Close()
	progress, err := ck.Tensor(progressName)
	if err != nil {
		return fmt.Errorf("%s: %w", stateFile, err)
	}
	var meta saved
	if err := json.Unmarshal(progress.Data, &meta); err != nil {
		return fmt.Errorf("%s: %s: %w", stateFile, progressName, err)
	}
	err = libtorch.Infer(t.Model.Device(), func(s *libtorch.Scope) error {
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
	if err != nil {
		return fmt.Errorf("%s: %w", stateFile, err)
	}
	t.Progress = meta.Progress
	return r.cutMetrics(meta.Metrics)
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
		s.PutRows(x, rows, stored)
	}
	return nil
}

func (r *Run) cutMetrics(size int64) error {
	if err := r.metrics.Truncate(size); err != nil {
		return err
	}
	_, err := r.metrics.Seek(size, io.SeekStart)
	return err
}
