package softprompt

import (
	"fmt"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/xglm"
)

// Open reads the prompt of a PEFT adapter's folder: PROMPT_TUNING, P_TUNING or
// PREFIX_TUNING. One that was made for a backbone of other sizes is refused.
func Open(m *xglm.Model, folder string) (Prompt, error) {
	a, err := checkpoints.ReadAdapter(folder)
	if err != nil {
		return nil, err
	}
	c := a.Config
	for _, size := range []struct {
		name              string
		adapter, backbone int
	}{
		{"token_dim", c.TokenDim, m.Config.DModel},
		{"num_layers", c.NumLayers, m.Config.NumLayers},
		{"num_attention_heads", c.NumAttentionHeads, m.Config.AttentionHeads},
	} {
		if size.adapter != 0 && size.adapter != size.backbone {
			return nil, fmt.Errorf("%s: the adapter's %s is %d and the backbone's %d: it was made for another checkpoint", folder, size.name, size.adapter, size.backbone)
		}
	}
	if c.PeftType == checkpoints.PrefixTuning != (a.Prompt.Shape[1] == prefixWidth(m)) {
		return nil, usererror.Errorf("%s: a %s of shape %v does not fit this backbone of %d layers and width %d: it was made for another checkpoint",
			folder, c.PeftType, a.Prompt.Shape, m.Config.NumLayers, m.Config.DModel)
	}
	p, err := FromTensor(m, a.Prompt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	return p, nil
}

// FromTensor makes the prompt of a stored tensor, as [From] does.
func FromTensor(m *xglm.Model, t checkpoints.Tensor) (Prompt, error) {
	if err := t.CheckFinite(); err != nil {
		return nil, err
	}
	return From(m, checkpoints.Float32s(t), t.Shape)
}
