package checkpoints

import (
	"regexp"
	"strings"
)

// Names of XGLM's backbone in files have the prefix "model." (XGLMForCausalLM) or none (XGLMModel), sometimes below a wrapper's
// prefix ("module.", "state_dict."). Canonical names have the prefix "model.".
const (
	EmbedTokens = "model.embed_tokens.weight"
	LMHead      = "lm_head.weight"

	// oldPositions is the prefix of the table of sinusoidal positions in old files, which is computed instead.
	oldPositions = "model.embed_positions."
)

var backbone = regexp.MustCompile(`^(.*?)(?:model\.)?((?:layers\.\d+\.(?:self_attn|self_attn_layer_norm|fc1|fc2|final_layer_norm)\.|embed_tokens\.weight$|embed_positions\.|layer_norm\.(?:weight|bias)$).*)$`)

// canonicalName is the name of a tensor below prefix in HF's XGLMForCausalLM. Other names stay unchanged.
func canonicalName(name, prefix string) string {
	if name == prefix+LMHead {
		return LMHead
	}
	if parts := backbone.FindStringSubmatch(name); parts != nil && parts[1] == prefix {
		return "model." + parts[2]
	}
	return name
}

// isBackbone tells whether a canonical name is XGLM's, including the LM head. Others in a file are, for example, an optimizer's
// state, a value head or a reward model's score.
func isBackbone(name string) bool { return name == LMHead || strings.HasPrefix(name, "model.") }

// wrapperPrefix is the prefix of the only embedding or, without an embedding, of the only LM head; else empty.
func wrapperPrefix(names []string) string {
	for _, ending := range []string{strings.TrimPrefix(EmbedTokens, "model."), LMHead} {
		var found []string
		for _, name := range names {
			prefix, ok := strings.CutSuffix(name, ending)
			prefix = strings.TrimSuffix(prefix, "model.")
			if ok && (prefix == "" || strings.HasSuffix(prefix, ".")) {
				found = append(found, prefix)
			}
		}
		if len(found) == 1 {
			return found[0]
		}
		if len(found) > 1 {
			return ""
		}
	}
	return ""
}
