package train

import (
	"errors"
	"fmt"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// softPrompt adapts by a prompt of either kind.
type softPrompt struct{ softprompt.Prompt }

// Adapt leaves the layers as they are.
func (softPrompt) Adapt(m *xglm.Model) *xglm.Model { return m }

// Saved are the prompt's values, without the encoder that made them.
func (p softPrompt) Saved(s *libtorch.Scope) []xglm.Parameter {
	return []xglm.Parameter{{Name: checkpoints.PromptEmbeddings, Tensor: p.Values(s)}}
}

func soft(p softprompt.Prompt, err error) (adapter, error) {
	if err != nil {
		return nil, err
	}
	return softPrompt{p}, nil
}

// openSoftPrompt reads a run's prompt of the kind that from makes.
func openSoftPrompt(from func(*xglm.Model, checkpoints.Tensor) (softprompt.Prompt, error)) func(training.Options, *xglm.Model, *checkpoints.Checkpoint) (adapter, error) {
	return func(_ training.Options, m *xglm.Model, saved *checkpoints.Checkpoint) (adapter, error) {
		values, err := saved.Tensor(checkpoints.PromptEmbeddings)
		if err != nil {
			return nil, err
		}
		return soft(from(m, values))
	}
}

func openSoftAdapter(m *xglm.Model, folder string) (adapter, error) {
	return soft(softprompt.Open(m, folder))
}

// positionsNote is what users of PEFT's prompts must know.
const positionsNote = "\n- The text's positions begin at P. Pad on the right: PEFT places an input prompt before padding on the left, and the text then sees it."

// exportSoft writes a prompt as it was trained, since PEFT uses it in the same place: an input prompt in the
// scaled space at positions 0 to P-1, a prefix as keys and values, and the text from position P on.
func exportSoft(a *checkpoints.Adapter, o training.Options, config xglm.Config, saved []checkpoints.Tensor) {
	a.Config.NumVirtualTokens, a.Config.TokenDim, a.Config.NumLayers, a.Config.NumAttentionHeads = o.PromptLength, config.DModel, config.NumLayers, config.AttentionHeads
	a.Config.EncoderHiddenSize = config.DModel // of a prefix, PEFT's own default
	a.Prompt = saved[0]
}

// fillInit sets where a prompt starts that no encoder makes and no other run.
func fillInit(o *training.Options, init string) {
	if o.Reparametrise == 0 && o.From == "" {
		fill(&o.Init, init)
	}
}

func initOf(o training.Options, t *tokenize.Tokenizer) softprompt.Init {
	init := softprompt.Init{Kind: o.Init}
	if o.InitText != "" {
		init.Text = t.Encode(o.InitText).IDs
	}
	return init
}

func checkSoftPrompt(o training.Options, _ datasets.Task) error {
	switch {
	case o.Init == "text" && o.InitText == "":
		return errors.New("--init text needs --init-text")
	case o.Init != "text" && o.InitText != "":
		return fmt.Errorf("--init-text goes with --init text, not with %q", o.Init)
	case o.Reparametrise != 0 && o.Init != "":
		return errors.New("--reparametrise starts from its MLP's random weights: --init does not go with it")
	}
	return refuseLoRA(o)
}
