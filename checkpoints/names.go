package checkpoints

import (
	"regexp"
	"strings"
)

// Files name XGLM's backbone with a "model." prefix (XGLMForCausalLM) or
// without one (XGLMModel), sometimes below the prefix of a wrapper ("module.",
// "state_dict."). Here a backbone's names always have the "model." prefix.
const (
	EmbedTokens = "model.embed_tokens.weight"
	LMHead      = "lm_head.weight"

	// oldPositions begins the names of the table of sinusoids that old files
	// hold; it is computed, never read.
	oldPositions = "model.embed_positions."
)

var backbone = regexp.MustCompile(`^(.*?)(?:model\.)?((?:layers\.\d+\.(?:self_attn|self_attn_layer_norm|fc1|fc2|final_layer_norm)\.|embed_tokens\.weight$|embed_positions\.|layer_norm\.(?:weight|bias)$).*)$`)

// canonicalName names a tensor below prefix as HF's XGLMForCausalLM does.
// Names that are not XGLM's are kept.
func canonicalName(name, prefix string) string {
	if name == prefix+LMHead {
		return LMHead
	}
	if parts := backbone.FindStringSubmatch(name); parts != nil && parts[1] == prefix {
		return "model." + parts[2]
	}
	return name
}

// isBackbone tells whether a canonical name is one of XGLM's own, the LM head
// included. Others in a file are no weights of it: an optimizer's state, a
// value head, a reward model's score.
func isBackbone(name string) bool { return name == LMHead || strings.HasPrefix(name, "model.") }

// wrapperPrefix finds what stands before XGLM's own names: the prefix of the
// one embedding or, without one, of the language-model head. It is empty where
// there is none or no single one.
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
