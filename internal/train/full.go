package train

import (
	"cmp"
	"math/rand/v2"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Full is fine-tuning: every weight of the backbone is trained.
var Full = Method{
	Name:           "full",
	TrainsBackbone: true,
	ChangesStates:  true,
	defaults: func(o *training.Options) {
		fill(&o.LearningRate, 2e-5)
		fill(&o.HeadRate, 1e-3)
	},
	check: func(o training.Options, _ datasets.Task) error { return cmp.Or(refusePrompt(o), refuseLoRA(o)) },
	start: func(_ training.Options, m *xglm.Model, _ *tokenize.Tokenizer, _ *rand.Rand) (adapter, error) {
		return backbone{model: m}, nil
	},
	open: func(_ training.Options, m *xglm.Model, _ *checkpoints.Checkpoint) (adapter, error) {
		return backbone{model: m}, nil
	},
}

// backbone adapts the model by its own weights, which it was loaded with.
type backbone struct {
	noAdapter
	model *xglm.Model
}

func (b backbone) Parameters() []xglm.Parameter           { return b.model.Parameters() }
func (b backbone) Saved(*libtorch.Scope) []xglm.Parameter { return b.model.Parameters() }
