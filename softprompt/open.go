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
	if c.PeftType == checkpoints.LoRA {
		return nil, fmt.Errorf("%s: peft_type is %s, which is no prompt", folder, c.PeftType)
	}
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
	from := InputFrom
	if c.PeftType == checkpoints.PrefixTuning {
		from = PrefixFrom
	}
	p, err := from(m, a.Prompt)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", folder, c.PeftType, err)
	}
	return p, nil
}

// InputFrom makes the input prompt of a stored tensor [P, d]. It owns a float32 copy.
func InputFrom(m *xglm.Model, t checkpoints.Tensor) (Prompt, error) {
	return input(stored(m, t, m.Config.DModel))
}

// PrefixFrom makes the KV prefix of a stored tensor [P, 2 L d]. It owns a float32 copy.
func PrefixFrom(m *xglm.Model, t checkpoints.Tensor) (Prompt, error) {
	return prefix(stored(m, t, prefixWidth(m)))
}

func stored(m *xglm.Model, t checkpoints.Tensor, width int) (values, error) {
	if len(t.Shape) != 2 || t.Shape[0] < 1 || t.Shape[1] != width {
		return nil, usererror.Errorf("a prompt of shape %v does not fit this backbone of %d layers and width %d, where it has [P, %d]: it was made for another checkpoint",
			t.Shape, m.Config.NumLayers, m.Config.DModel, width)
	}
	if err := t.CheckFinite(); err != nil {
		return nil, err
	}
	return newDirect(m, checkpoints.Float32s(t), t.Shape[0], width)
}
