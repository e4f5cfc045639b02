package train

import (
	"cmp"
	"math/rand/v2"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// BitFit trains the biases alone (Ben Zaken et al., arXiv 2106.10199), those of norms too. PEFT has no form for it.
var BitFit = Method{
	Name:          "bitfit",
	ChangesStates: true,
	defaults:      func(o *training.Options) { fill(&o.LearningRate, 1e-3) },
	check:         func(o training.Options, _ datasets.Task) error { return cmp.Or(refusePrompt(o), refuseLoRA(o)) },
	start: func(_ training.Options, m *xglm.Model, _ *tokenize.Tokenizer, rng *rand.Rand) (adapter, error) {
		return biases(m, initialFactors(m, rng))
	},
	open: func(_ training.Options, m *xglm.Model, saved *checkpoints.Checkpoint) (adapter, error) {
		return biases(m, func(name string, shape ...int) ([]float32, error) { return floats(saved, name, shape...) })
	},
	merge: mergeLoRA,
}

// biases adapts all biases of the model.
func biases(m *xglm.Model, values valuesOf) (adapter, error) {
	a := newLoRA()
	for _, p := range m.Parameters() {
		if !strings.HasSuffix(p.Name, ".bias") {
			continue
		}
		if err := a.addBias(m, p.Name, values); err != nil {
			a.Free()
			return nil, err
		}
	}
	return a, nil
}
