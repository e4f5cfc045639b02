package main

import (
	"xpt"
	"xpt/checkpoints"
	"xpt/internal/usererror"
)

// labeller says how a run, or a PEFT adapter with a head, is opened.
type labeller struct {
	Checkpoint string `flag:"checkpoint" path:"true" help:"folder of the checkpoint, where it has moved; of full fine-tuning config.json and tokenizer are enough"`
	Task       string `flag:"task" help:"of a PEFT adapter that xpt did not write: the task of its head"`
	Pool       string `flag:"pool" help:"of such an adapter: which sub-token of a word is tagged, last or first; empty: last"`
}

func (l labeller) open(folder string, c xpt.Compute) (*xpt.Model, error) {
	if checkpoints.IsAdapter(folder) {
		return xpt.OpenAdapter(folder, xpt.AdapterOptions{Compute: c, Checkpoint: l.Checkpoint, Task: l.Task, Pool: l.Pool})
	}
	if l.Task != "" || l.Pool != "" {
		return nil, usererror.Errorf("--task and --pool go with a PEFT adapter, and %s is none: a run knows its own", folder)
	}
	return xpt.OpenRunOn(l.Checkpoint, folder, c)
}
