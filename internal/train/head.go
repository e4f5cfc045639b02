package train

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Head trains nothing beside the head.
var Head = Method{
	Name: "head",
	defaults: func(o *training.Options) {
		fill(&o.LearningRate, o.HeadRate) // its rate goes by either name
		fill(&o.LearningRate, 1e-3)
	},
	check: func(o training.Options, task datasets.Task) error {
		if err := cmp.Or(refusePrompt(o), refuseLoRA(o)); err != nil {
			return err
		}
		if o.LearningRate != 0 && o.HeadRate != 0 && o.LearningRate != o.HeadRate {
			return errors.New("--method head trains nothing else: --learning-rate and --head-learning-rate are one, and these differ")
		}
		if !task.HasLabels() {
			return fmt.Errorf("--task %s has no head of its own to train: use full, prompt, prefix, lora or bitfit", o.Task)
		}
		return nil
	},
	start: func(training.Options, *xglm.Model, *tokenize.Tokenizer, *rand.Rand) (adapter, error) {
		return noAdapter{}, nil
	},
	open: func(training.Options, *xglm.Model, *checkpoints.Checkpoint) (adapter, error) { return noAdapter{}, nil },
}

// noAdapter leaves the backbone as it is.
type noAdapter struct{}

func (noAdapter) Adapt(m *xglm.Model) *xglm.Model                         { return m }
func (noAdapter) Parameters() []xglm.Parameter                            { return nil }
func (noAdapter) Saved(*libtorch.Scope) []xglm.Parameter                  { return nil }
func (noAdapter) Past(*libtorch.Scope, *xglm.Model, xglm.Mode) *xglm.Past { return nil }
func (noAdapter) Free()                                                   {}
