package train

import (
	"math/rand/v2"

	"xpt/checkpoints"
	"xpt/softprompt"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Prompt is prompt tuning ([softprompt.Input]): vectors in front of the embeddings.
var Prompt = Method{
	Name:          "prompt",
	ChangesStates: true,
	defaults: func(o *training.Options) {
		fill(&o.LearningRate, 5e-3)
		fill(&o.PromptLength, 20)
		fillInit(o, "vocab")
	},
	check: checkSoftPrompt,
	start: func(o training.Options, m *xglm.Model, t *tokenize.Tokenizer, rng *rand.Rand) (adapter, error) {
		if o.Reparametrise > 0 {
			return soft(softprompt.NewEncodedInput(m, o.PromptLength, o.Reparametrise, rng))
		}
		return soft(softprompt.NewInput(m, o.PromptLength, initOf(o, t), rng))
	},
	open: openSoftPrompt(softprompt.InputFrom),
	peft: peftForm{
		kinds:  []string{checkpoints.PromptTuning, checkpoints.PTuning},
		note:   "`prompt_embeddings` [P, d] is what layer 0 sees before positions are added: it already has the factor sqrt(d)." + positionsNote,
		open:   openSoftAdapter,
		export: exportSoft,
	},
}
