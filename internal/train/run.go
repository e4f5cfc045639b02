package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// A run folder holds
//
//	run.json          Record: the options, the backbone, the labels, what is trained
//	metrics.jsonl     a Step or an Epoch per line
//	best.safetensors  what is trained, at the best epoch on the dev set: prompt_embeddings,
//	                  classifier.{weight,bias}, with method full the backbone's weights
const (
	recordFile  = "run.json"
	metricsFile = "metrics.jsonl"
	bestFile    = "best.safetensors"
)

// Record describes a run.
type Record struct {
	Options   Options  `json:"options"`
	Backbone  string   `json:"backbone"` // xglm.Fingerprint of the checkpoint
	Labels    []string `json:"labels"`
	Counts    Counts   `json:"parameters"`
	DType     string   `json:"dtype"`
	Device    string   `json:"device"`
	Threads   int      `json:"threads"`
	Torch     string   `json:"libtorch"`
	Best      *Epoch   `json:"best,omitempty"`
	Seconds   float64  `json:"seconds,omitempty"`    // once finished
	PeakBytes int64    `json:"peak_bytes,omitempty"` // once finished
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

// Run is an open run folder that a training writes.
type Run struct {
	Record
	dir     string
	metrics *os.File
}

// Create makes the folder of a new run; one that holds something is refused.
func Create(dir string, r Record) (*Run, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: name a new folder for the run", dir)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	metrics, err := os.Create(filepath.Join(dir, metricsFile))
	if err != nil {
		return nil, err
	}
	run := &Run{Record: r, dir: dir, metrics: metrics}
	if err := run.write(); err != nil {
		return nil, errors.Join(err, metrics.Close())
	}
	return run, nil
}

// Log adds a line to the metrics.
func (r *Run) Log(line any) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = r.metrics.Write(append(text, '\n'))
	return err
}

// Keep saves l as the best so far, at epoch e.
func (r *Run) Keep(l *Learner, e Epoch) error {
	tensors, err := l.tensors()
	if err != nil {
		return err
	}
	if err := checkpoints.WriteSafetensors(filepath.Join(r.dir, bestFile), tensors, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	r.Best = &e
	return r.write()
}

// Finish records what the run took.
func (r *Run) Finish(seconds float64, peakBytes int64) error {
	r.Seconds, r.PeakBytes = seconds, peakBytes
	return errors.Join(r.write(), r.metrics.Close())
}

func (r *Run) write() error {
	text, err := json.MarshalIndent(r.Record, "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(filepath.Join(r.dir, recordFile), append(text, '\n'))
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

// Open loads what a run trained, on the backbone that it was trained on. A
// backbone with other weights is refused.
func Open(dir string, dev libtorch.Device, dtype libtorch.DType) (*Learner, Record, error) {
	r, err := ReadRecord(dir)
	if err != nil {
		return nil, r, err
	}
	if r.Best == nil {
		return nil, r, fmt.Errorf("%s has no finished epoch yet: there is nothing to load", dir)
	}
	l, err := open(dir, r, dev, dtype)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	return l, r, nil
}

func open(dir string, r Record, dev libtorch.Device, dtype libtorch.DType) (l *Learner, err error) {
	o, weights := r.Options, ""
	best := filepath.Join(dir, bestFile)
	if o.Method == "full" {
		weights = best
	} else if have, err := xglm.Fingerprint(o.Checkpoint); err != nil {
		return nil, err
	} else if have != r.Backbone {
		return nil, fmt.Errorf("%s holds other weights than those that the run was trained on", o.Checkpoint)
	}
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		return nil, err
	}
	o.Init, o.InitText = "zero", "" // the values follow
	if l, err = newLearner(o, task.WithLabels(r.Labels), dev, dtype, weights); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	ck, err := checkpoints.OpenFile(best)
	if err != nil {
		return l, err
	}
	defer ck.Close()
	if l.Prompt != nil {
		t, err := ck.Tensor(promptName)
		if err != nil {
			return l, err
		}
		l.Prompt.Tensor().Free()
		if l.Prompt, err = softprompt.From(l.Model, checkpoints.Float32s(t), t.Shape); err != nil {
			return l, err
		}
	}
	if l.Head != nil {
		weight, err := ck.Tensor(headWeightName)
		if err != nil {
			return l, err
		}
		bias, err := ck.Tensor(headBiasName)
		if err != nil {
			return l, err
		}
		l.Head.Free()
		if l.Head, err = heads.From(dev, checkpoints.Float32s(weight), checkpoints.Float32s(bias)); err != nil {
			return l, err
		}
	}
	return l, nil
}
