// Package train adapts a backbone to a task on one language. [Fit] reads the data, makes a
// [Learner] by a [Method], trains it with a [Trainer], and leaves a [Run] that it can go on from.
package train

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/settings"
	"xpt/softprompt"
	"xpt/training"
)

// The choices of the options that are one of a list.
var (
	Optimizers = []string{"adamw", "adafactor"}
	Schedules  = []string{"linear", "cosine", "constant"}
)

// Resolve fills in the method's defaults and refuses what cannot be.
func Resolve(o training.Options) (training.Options, error) {
	for _, f := range []struct{ flag, value string }{
		{"checkpoint", o.Checkpoint}, {"task", o.Task}, {"method", o.Method}, {"data", o.Data}, {"language", o.Language},
	} {
		if f.value == "" {
			return o, fmt.Errorf("--%s is missing", f.flag)
		}
	}
	for _, list := range []*string{&o.Language, &o.ShotsIn} {
		*list = strings.Join(datasets.LanguageNames(*list), ",")
	}
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		return o, fmt.Errorf("--task: %w", err)
	}
	method, err := LookupMethod(o.Method)
	if err != nil {
		return o, fmt.Errorf("--method %w", err)
	}
	if err := cmp.Or(checkChoices(o), checkLog(o.Log), settings.Check(&o), checkTogether(o, method, task), checkWords(o, method, task)); err != nil {
		return o, err
	}
	o = withDefaults(o, method)
	for _, path := range []*string{&o.Checkpoint, &o.Data, &o.From} { // a run is read from other folders too
		if *path == "" {
			continue
		}
		if *path, err = filepath.Abs(*path); err != nil {
			return o, err
		}
	}
	return o, nil
}

// withDefaults fills in what depends on the method.
func withDefaults(o training.Options, m Method) training.Options {
	m.defaults(&o)
	fill(&o.HeadRate, o.LearningRate)
	if o.HeadDecay < 0 {
		o.HeadDecay = o.WeightDecay
	}
	return o
}

func checkChoices(o training.Options) error {
	for _, f := range []struct {
		flag, value string
		choices     []string
	}{
		{"optimizer", o.Optimizer, Optimizers}, {"schedule", o.Schedule, Schedules},
		{"init", o.Init, append([]string{""}, softprompt.InitKinds...)}, {"lora-bias", o.LoRABias, []string{"", "none", "all", "lora_only"}}, {"pool", o.Pool, []string{string(heads.Last), string(heads.First)}},
	} {
		if !slices.Contains(f.choices, f.value) {
			return fmt.Errorf("--%s %q: use %s", f.flag, f.value, strings.TrimPrefix(strings.Join(f.choices, ", "), ", "))
		}
	}
	return nil
}

// checkTogether refuses options that contradict each other.
func checkTogether(o training.Options, m Method, task datasets.Task) error {
	switch {
	case o.Accumulate > o.BatchSize:
		return fmt.Errorf("--accumulate %d: a batch of --batch-size %d rows has no more parts than rows", o.Accumulate, o.BatchSize)
	case o.FromScratch && !m.TrainsBackbone:
		return errors.New("--from-scratch goes with --method full: a frozen backbone of random weights learns nothing")
	case !task.Trainable():
		return fmt.Errorf("--task %s is for scoring, not for training", o.Task)
	}
	if err := checkSources(o); err != nil {
		return err
	}
	return m.check(o, task)
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
