package train

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/settings"
	"xpt/internal/usererror"
	"xpt/training"
)

// startFrom overwrites what l trains by what the run in dir trained, and returns the run's record.
func (l *Learner) startFrom(dir string, o training.Options, task datasets.Task, backbone string) (training.Record, error) {
	r, err := readTrained(dir)
	if err != nil {
		return r, fmt.Errorf("--from: %w", err)
	}
	switch was := r.Options; {
	case was.Task != o.Task || was.Method != o.Method:
		return r, usererror.Errorf("--from %s is a run of task %s with method %s, not of %s with %s", dir, was.Task, was.Method, o.Task, o.Method)
	case task.HasLabels() && !slices.Equal(r.Labels, task.Labels):
		return r, usererror.Errorf("--from %s has other labels than the data, or in another order: %v, not %v", dir, r.Labels, task.Labels)
	}
	if other := FormDifferences(r.Options, o); other != nil {
		return r, usererror.Errorf("--from %s: %s", dir, strings.Join(other, ", "))
	}
	if method, _ := LookupMethod(o.Method); !method.TrainsBackbone {
		if err := checkBackbone(r, backbone); err != nil {
			return r, usererror.Errorf("--from %s: %w", dir, err)
		}
	}
	saved, err := checkpoints.OpenFile(filepath.Join(dir, bestFile))
	if err != nil {
		return r, err
	}
	defer saved.Close()
	for _, p := range l.Parameters() {
		if err := read(saved, p.Name, p.Tensor); err != nil {
			return r, usererror.Errorf("--from %s: %w", dir, err)
		}
	}
	return r, nil
}

// FormDifferences names the settings of a run that starts from another which would have to be the other's.
func FormDifferences(was, now training.Options) []string {
	return settings.Differences(new(formOf(was)), new(formOf(now)))
}

// formOf are the settings without which what a run trained means something else.
func formOf(o training.Options) training.Options {
	return training.Options{PromptLength: o.PromptLength, Pool: o.Pool, LoRARank: o.LoRARank, LoRAAlpha: o.LoRAAlpha, LoRARS: o.LoRARS,
		LoRATargets: o.LoRATargets, LoRABias: o.LoRABias, LabelsByWords: o.LabelsByWords}
}
