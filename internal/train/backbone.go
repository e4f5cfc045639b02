package train

import (
	"errors"
	"fmt"
	"path/filepath"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/internal/usererror"
	"xpt/softprompt"
	"xpt/xglm"
)

// OpenBackbone loads a checkpoint without a task's head, and the prompt (nil
// for none) that adapter holds: "" for nothing, the folder of a PEFT adapter,
// or a run's. A run of method full gives its own weights; one of method head
// the bare checkpoint. checkpoint may be empty where a run names it.
func OpenBackbone(checkpoint, adapter string, dev libtorch.Device, dtype libtorch.DType) (m *xglm.Model, p softprompt.Prompt, err error) {
	o := xglm.Options{Device: dev, DType: dtype}
	prompt := func() (softprompt.Prompt, error) { return nil, nil }
	switch {
	case adapter == "":
	case checkpoints.IsAdapter(adapter):
		prompt = func() (softprompt.Prompt, error) { return softprompt.Open(m, adapter) }
	default:
		r, err := ReadRecord(adapter)
		if err != nil {
			if below := checkpoints.AdapterBelow(adapter); below != "" {
				return nil, nil, usererror.Errorf("%s holds no adapter itself, it is in a sub-folder: name %s", adapter, below)
			}
			return nil, nil, fmt.Errorf("%w, nor does it hold a PEFT adapter", err)
		}
		if err := r.loadable(adapter); err != nil {
			return nil, nil, err
		}
		if checkpoint == "" {
			checkpoint = r.Options.Checkpoint
		}
		if o.Weights, err = r.weights(adapter, checkpoint); err != nil {
			return nil, nil, fmt.Errorf("run %s: %w", adapter, err)
		}
		if r.Options.Method == "prompt" || r.Options.Method == "prefix" {
			prompt = func() (softprompt.Prompt, error) { return softprompt.OpenFile(m, filepath.Join(adapter, bestFile)) }
		}
	}
	if checkpoint == "" {
		return nil, nil, errors.New("no checkpoint is named")
	}
	if m, err = xglm.Load(checkpoint, o); err != nil {
		return nil, nil, err
	}
	if p, err = prompt(); err != nil {
		return nil, nil, errors.Join(err, m.Close())
	}
	return m, p, nil
}
