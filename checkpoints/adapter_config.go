package checkpoints

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/usererror"
)

// Values of peft_type.
const (
	PromptTuning = "PROMPT_TUNING" // vectors before the input embeddings
	PTuning      = "P_TUNING"      // the same, computed by an MLP or LSTM in training
	PrefixTuning = "PREFIX_TUNING" // keys and values of every layer
	LoRA         = "LORA"          // low-rank products beside linear layers
)

// AdapterConfig is PEFT's adapter_config.json of a prompt or of LoRA. A `peft` tag restricts a field to some values of peft_type.
type AdapterConfig struct {
	PeftType                  string   `json:"peft_type"`
	TaskType                  string   `json:"task_type"`
	BaseModel                 string   `json:"base_model_name_or_path"`
	Revision                  string   `json:"revision"`
	PeftVersion               string   `json:"peft_version"`
	InferenceMode             bool     `json:"inference_mode"`
	ModulesToSave             []string `json:"modules_to_save"`
	NumVirtualTokens          int      `json:"num_virtual_tokens" peft:"PROMPT_TUNING P_TUNING PREFIX_TUNING"`
	TokenDim                  int      `json:"token_dim" peft:"PROMPT_TUNING P_TUNING PREFIX_TUNING"`
	NumTransformerSubmodules  int      `json:"num_transformer_submodules" peft:"PROMPT_TUNING P_TUNING PREFIX_TUNING"`
	NumAttentionHeads         int      `json:"num_attention_heads" peft:"PROMPT_TUNING P_TUNING PREFIX_TUNING"`
	NumLayers                 int      `json:"num_layers" peft:"PROMPT_TUNING P_TUNING PREFIX_TUNING"`
	PromptTuningInit          string   `json:"prompt_tuning_init" peft:"PROMPT_TUNING"` // TEXT, SAMPLE_VOCAB or RANDOM
	PromptTuningInitText      string   `json:"prompt_tuning_init_text" peft:"PROMPT_TUNING"`
	TokenizerNameOrPath       string   `json:"tokenizer_name_or_path" peft:"PROMPT_TUNING"`
	PrefixProjection          bool     `json:"prefix_projection" peft:"PREFIX_TUNING"`
	EncoderHiddenSize         int      `json:"encoder_hidden_size" peft:"PREFIX_TUNING P_TUNING"`
	EncoderReparameterization string   `json:"encoder_reparameterization_type" peft:"P_TUNING"` // MLP or LSTM
	EncoderNumLayers          int      `json:"encoder_num_layers" peft:"P_TUNING"`
	EncoderDropout            float64  `json:"encoder_dropout" peft:"P_TUNING"`

	LoRARank          int             `json:"r" peft:"LORA"`
	LoRAAlpha         float64         `json:"lora_alpha" peft:"LORA"`
	LoRADropout       float64         `json:"lora_dropout" peft:"LORA"`
	UseRSLoRA         bool            `json:"use_rslora" peft:"LORA"`
	Bias              string          `json:"bias" peft:"LORA"`           // none, all or lora_only
	TargetModules     json.RawMessage `json:"target_modules" peft:"LORA"` // a list of names, or a pattern
	ExcludeModules    json.RawMessage `json:"exclude_modules" peft:"LORA"`
	LayersToTransform json.RawMessage `json:"layers_to_transform" peft:"LORA"`
	LayersPattern     json.RawMessage `json:"layers_pattern" peft:"LORA"`
}

// ParseAdapterConfig reads an adapter_config.json of any version of PEFT. Missing fields and nulls become zero; an explicit
// zero is an error. It also returns the names of unknown fields, which PEFT ignores as well.
func ParseAdapterConfig(data []byte) (AdapterConfig, []string, error) {
	var c AdapterConfig
	if err := jsonfile.Unmarshal(data, &c); err != nil {
		return c, nil, err
	}
	var all map[string]json.RawMessage
	if err := jsonfile.Unmarshal(data, &all); err != nil {
		return c, nil, err
	}
	known := c.fields()
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if _, ok := known[name]; !ok && !slices.Contains(unusedFields[c.PeftType], name) {
			unknown = append(unknown, name)
		}
	}
	if c.PeftType == LoRA {
		if err := c.parseLoRA(all); err != nil {
			return c, unknown, err
		}
	}
	for _, size := range c.sizes() {
		if given := all[size.name]; size.value == 0 && given != nil && string(given) != "null" {
			return c, unknown, size.wrong()
		}
	}
	return c, unknown, c.validate()
}

// size is a field that is a number from 1; 0 if unknown.
type size struct {
	name  string
	value int
}

const maxAdapterSize = 1 << 24

func (s size) wrong() error {
	return usererror.Errorf("%s is %d: expected a whole number from 1 to %d", s.name, s.value, maxAdapterSize)
}

func (c AdapterConfig) sizes() []size {
	if c.PeftType == LoRA {
		return []size{{"r", c.LoRARank}}
	}
	return []size{
		{"num_virtual_tokens", c.NumVirtualTokens},
		{"token_dim", c.TokenDim},
		{"num_layers", c.NumLayers},
		{"num_attention_heads", c.NumAttentionHeads},
		{"num_transformer_submodules", c.NumTransformerSubmodules},
	}
}

// unusedFields are fields of PEFT that do not matter for what was trained, by peft_type.
var unusedFields = map[string][]string{
	PromptTuning: promptUnused, PTuning: promptUnused, PrefixTuning: promptUnused,
	LoRA: slices.Concat(loraVariants, []string{"auto_mapping", "corda_config", "ensure_weight_tying", "eva_config", "init_lora_weights", "loftq_config",
		"lora_ga_config", "megatron_core", "qalora_group_size", "runtime_config"}),
}

var promptUnused = []string{"auto_mapping", "init_weights", "tokenizer_kwargs"}

func (c AdapterConfig) validate() error {
	switch c.PeftType {
	case PromptTuning, PTuning, PrefixTuning:
	case LoRA:
		if err := c.validateLoRA(); err != nil {
			return err
		}
	case "":
		return errors.New("no peft_type: not the config of a PEFT adapter")
	default:
		return fmt.Errorf("peft_type is %q; xpt reads %s, %s, %s and %s", c.PeftType, PromptTuning, PrefixTuning, PTuning, LoRA)
	}
	for _, size := range c.sizes() {
		if size.value < 0 || size.value > maxAdapterSize {
			return size.wrong()
		}
	}
	if c.NumTransformerSubmodules > 1 {
		return fmt.Errorf("num_transformer_submodules is %d; XGLM has one, its decoder", c.NumTransformerSubmodules)
	}
	return nil
}

// checkPrompt compares the prompt's shape with the config, and infers missing sizes from it. A prefix's width gives only the
// product of num_layers and token_dim: if both are missing, they are the backbone's, as in PEFT.
func (c *AdapterConfig) checkPrompt(shape []int) error {
	if len(shape) != 2 || shape[0] == 0 || shape[1] == 0 {
		return fmt.Errorf("prompt_embeddings has shape %v, not [virtual tokens, width]", shape)
	}
	if c.NumVirtualTokens == 0 {
		c.NumVirtualTokens = shape[0]
	}
	perToken := 1
	if c.PeftType == PrefixTuning {
		if c.NumLayers == 0 && c.TokenDim > 0 && shape[1]%(2*c.TokenDim) == 0 {
			c.NumLayers = shape[1] / (2 * c.TokenDim)
		}
		if perToken = 2 * c.NumLayers; perToken == 0 && (c.TokenDim > 0 || shape[1]%2 != 0) {
			return usererror.Errorf("prompt_embeddings has shape %v: a prefix needs the width 2 num_layers token_dim", shape)
		}
	}
	if perToken == 0 {
		shape = shape[:1]
	} else if c.TokenDim == 0 && shape[1]%perToken == 0 {
		c.TokenDim = shape[1] / perToken
	}
	if want := []int{c.NumVirtualTokens, perToken * c.TokenDim}[:len(shape)]; !slices.Equal(shape, want) {
		return usererror.Errorf("prompt_embeddings has shape %v, the config's num_virtual_tokens %d, num_layers %d and token_dim %d ask for %v",
			shape, c.NumVirtualTokens, c.NumLayers, c.TokenDim, want)
	}
	return nil
}

// isFieldOf tells whether a field with this `peft` tag belongs to a peft_type.
func isFieldOf(tag, peftType string) bool {
	return tag == "" || slices.Contains(strings.Fields(tag), peftType)
}
