package train

import (
	"math/rand/v2"

	"xpt/checkpoints"
	"xpt/softprompt"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Prefix is prefix tuning ([softprompt.Prefix]): keys and values in front of those of every layer.
var Prefix = Method{
	Name:          "prefix",
	ChangesStates: true,
	defaults: func(o *training.Options) {
		fill(&o.LearningRate, 1e-2)
		fill(&o.PromptLength, 16)
		fillInit(o, "normal")
	},
	check: checkSoftPrompt,
	start: func(o training.Options, m *xglm.Model, t *tokenize.Tokenizer, rng *rand.Rand) (adapter, error) {
		if o.Reparametrise > 0 {
			return soft(softprompt.NewEncodedPrefix(m, o.PromptLength, o.Reparametrise, rng))
		}
		return soft(softprompt.NewPrefix(m, o.PromptLength, initOf(o, t), rng))
	},
	open: openSoftPrompt(softprompt.PrefixFrom),
	peft: peftForm{
		kinds:  []string{checkpoints.PrefixTuning},
		note:   "`prompt_embeddings` [P, 2 L d] is the keys (2l) and values (2l + 1) of every layer l; no projection is left to apply." + positionsNote,
		open:   openSoftAdapter,
		export: exportSoft,
	},
}
