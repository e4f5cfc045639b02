package train

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// AdapterUse says of a PEFT adapter with a head what its files do not: one that [ExportAdapter] wrote says
// all of it.
type AdapterUse struct {
	Checkpoint string // folder of the backbone; empty: the one that the adapter names
	Task       string
	Pool       string // which sub-token of a word is tagged; empty: last
}

// backboneKey is the metadata of an exported adapter that has the backbone's fingerprint, beside runKey.
const backboneKey = "xpt_backbone"

// lessonsKey is the metadata of an exported adapter that has its lessons. An earlier xpt wrote none.
const lessonsKey = "xpt_lessons"

// lessons are what a record has of the data that a run learned from, so that an adapter tells held-out data as its run does.
type lessons struct {
	Data     string           `json:"data,omitempty"`
	Training *datasets.Sample `json:"training_examples,omitempty"`
	Dev      *datasets.Sample `json:"dev_examples,omitempty"`
	Origin   *training.Record `json:"origin,omitempty"`
}

// lessonsOf has no paths of the machine.
func lessonsOf(r training.Record) lessons {
	l := lessons{r.Data, r.Training, r.Dev, nil}
	if r.Origin != nil {
		origin := withoutPaths(*r.Origin)
		l.Origin = &origin
	}
	return l
}

func withoutPaths(r training.Record) training.Record {
	r.Options.Checkpoint, r.Options.Data, r.Options.From, r.Paths = "", "", "", training.Paths{}
	if r.Origin != nil {
		origin := withoutPaths(*r.Origin)
		r.Origin = &origin
	}
	return r
}

// OpenAdapter loads a PEFT adapter whose modules_to_save have a task's head, on a base of its own, and a record of
// what is known of its training.
func OpenAdapter(folder string, use AdapterUse, dev libtorch.Device, dtype libtorch.DType) (*Learner, training.Record, error) {
	a, err := checkpoints.ReadAdapter(folder)
	if err != nil {
		return nil, training.Record{}, err
	}
	r, err := recordOf(a, use)
	if err != nil {
		return nil, r, fmt.Errorf("%s: %w", folder, err)
	}
	if r.Options.Checkpoint == "" {
		return nil, r, fmt.Errorf("%s does not say which checkpoint it was trained on: pass --checkpoint DIR", folder)
	}
	if _, err := os.Stat(r.Options.Checkpoint); err != nil {
		return nil, r, usererror.Errorf("%s: its checkpoint is not at %s: pass --checkpoint DIR", folder, r.Options.Checkpoint)
	}
	if r.Backbone != "" {
		if err := checkBackbone(r, r.Options.Checkpoint); err != nil {
			return nil, r, err
		}
	}
	b, err := OpenBase(r.Options.Checkpoint, dev, dtype)
	if err != nil {
		return nil, r, err
	}
	l, err := b.Open(folder)
	if err == nil {
		if err = b.addHead(l, folder, a, &r); err != nil {
			err = errors.Join(fmt.Errorf("%s: %w", folder, err), l.Close())
		}
	}
	if err != nil {
		return nil, r, errors.Join(err, b.Close())
	}
	l.release = b.Close
	r.Counts, r.DType, r.Device = l.Counts(), l.Model.DType().String(), l.Model.Device().String()
	return l, r, nil
}

// recordOf is what the adapter says of its training, below what use says.
func recordOf(a *checkpoints.Adapter, use AdapterUse) (r training.Record, err error) {
	r.Options = training.Defaults()
	if text := a.Metadata[runKey]; text != "" {
		var said identity
		if err := jsonfile.Unmarshal([]byte(text), &said); err != nil {
			return r, err
		}
		r.Options, r.Labels, r.Backbone = said.Options, said.Labels, a.Metadata[backboneKey]
		if use.Task != "" && use.Task != r.Options.Task {
			return r, usererror.Errorf("--task %s: it was trained for %s", use.Task, r.Options.Task)
		}
	}
	if text := a.Metadata[lessonsKey]; text != "" {
		var l lessons
		if err := jsonfile.Unmarshal([]byte(text), &l); err != nil {
			return r, err
		}
		r.Data, r.Training, r.Dev, r.Origin = l.Data, l.Training, l.Dev, l.Origin
		if (l.Training == nil) != (l.Dev == nil) {
			return r, errors.New("its training_examples and dev_examples go together")
		}
	}
	r.Options.Task = cmp.Or(r.Options.Task, use.Task)
	r.Options.Pool = cmp.Or(use.Pool, r.Options.Pool)
	r.Options.Checkpoint = cmp.Or(use.Checkpoint, a.Config.BaseModel)
	for _, m := range methods {
		for _, kind := range m.peft.kinds {
			if kind == a.Config.PeftType {
				r.Options.Method = m.Name
			}
		}
	}
	r.Options.PromptLength, r.Finished, r.Started = a.Config.NumVirtualTokens, true, time.Time{}
	if r.Options.Task == "" {
		err = usererror.New("it does not say what its head is for: pass --task NAME")
	}
	return r, err
}

// addHead gives l the head of the adapter, and the task that it is for.
func (b *Base) addHead(l *Learner, folder string, a *checkpoints.Adapter, r *training.Record) error {
	task, err := datasets.Lookup(r.Options.Task)
	if err != nil {
		return fmt.Errorf("--task: %w", err)
	}
	if r.Options.LabelsByWords { // its record has the labels
		l.Encoder, err = b.encoder(r.Options, task.WithLabels(r.Labels), l.Model)
		return err
	}
	weight, bias, err := headOf(a, l.Model.Config)
	if err != nil {
		return err
	}
	if r.Labels == nil {
		if r.Labels, err = labelsOf(folder, b.Dir, task, len(bias)); err != nil {
			return err
		}
	}
	if len(r.Labels) != len(bias) {
		return usererror.Errorf("its head has %d labels, and task %s has %d: pass the --task that it was trained for", len(bias), task.Name, len(r.Labels))
	}
	if l.Encoder, err = b.encoder(r.Options, task.WithLabels(r.Labels), l.Model); err != nil {
		return err
	}
	l.Head, err = heads.From(b.Device, weight, bias)
	return err
}

// headOf is the one linear layer among the saved modules; one without a bias gets zeros.
func headOf(a *checkpoints.Adapter, config xglm.Config) (weight, bias []float32, err error) {
	module := ""
	for _, t := range a.Heads {
		name, kind, _ := cutLast(t.Name)
		if module != "" && name != module {
			return nil, nil, usererror.Errorf("it saves the modules %s and %s, and a head is one of them", module, name)
		}
		switch module = name; {
		case kind == "weight" && len(t.Shape) == 2 && t.Shape[0] > 0 && t.Shape[1] == config.DModel:
			weight = checkpoints.Float32s(t)
		case kind == "bias" && len(t.Shape) == 1:
			bias = checkpoints.Float32s(t)
		default:
			return nil, nil, usererror.Errorf("tensor %s of shape %v is no part of a linear head on states of width %d", t.Name, t.Shape, config.DModel)
		}
	}
	if weight == nil {
		return nil, nil, usererror.New("it has no head: no classifier or score is among its modules_to_save")
	}
	labels := len(weight) / config.DModel
	if bias == nil {
		bias = make([]float32, labels)
	}
	if len(bias) != labels {
		return nil, nil, usererror.Errorf("its head has a weight for %d labels and a bias for %d", labels, len(bias))
	}
	return weight, bias, nil
}

func cutLast(name string) (module, kind string, ok bool) {
	at := strings.LastIndexByte(name, '.')
	return name[:max(at, 0)], name[at+1:], at >= 0
}

// labelsOf are n labels in the order of a head: those of id2label in the config.json beside the adapter or of the
// checkpoint, which must be the task's, or else the task's own.
func labelsOf(folder, checkpoint string, task datasets.Task, n int) ([]string, error) {
	for _, dir := range []string{folder, checkpoint} {
		path := filepath.Join(dir, "config.json")
		text, err := regular.ReadFile(path, 1<<20)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		var config struct {
			ID2Label map[string]string `json:"id2label"`
		}
		if err == nil {
			err = json.Unmarshal(text, &config)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		labels := make([]string, len(config.ID2Label))
		seen := map[string]bool{}
		for id, label := range config.ID2Label {
			if at, err := strconv.Atoi(id); err == nil && at >= 0 && at < len(labels) {
				labels[at] = label
				seen[label] = true
			}
		}
		if len(labels) != n || len(seen) != n || seen["LABEL_0"] { // none, another head's, or HF's placeholders
			continue
		}
		for _, label := range labels {
			if task.LabelIndex(label) < 0 && len(task.Labels) > 0 {
				return nil, usererror.Errorf("%s has the label %q, which task %s has not: pass the --task that it was trained for", path, label, task.Name)
			}
		}
		return labels, nil
	}
	return task.Labels, nil
}
