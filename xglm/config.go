package xglm

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// Config is HuggingFace's config.json of an XGLM checkpoint (XGLMConfig in transformers; Lin et
// al., arXiv 2112.10668).
type Config struct {
	ModelType             string   `json:"model_type"`
	Architectures         []string `json:"architectures,omitempty"`
	VocabSize             int      `json:"vocab_size"`
	MaxPositionEmbeddings int      `json:"max_position_embeddings"`
	DModel                int      `json:"d_model"`
	FFNDim                int      `json:"ffn_dim"`
	NumLayers             int      `json:"num_layers"`
	AttentionHeads        int      `json:"attention_heads"`
	ActivationFunction    string   `json:"activation_function"` // "gelu" (exact) or "relu"
	Dropout               float64  `json:"dropout"`
	AttentionDropout      float64  `json:"attention_dropout"`
	ActivationDropout     float64  `json:"activation_dropout"`
	LayerDrop             float64  `json:"layerdrop"`
	InitStd               float64  `json:"init_std"`
	ScaleEmbedding        bool     `json:"scale_embedding"`
	UseCache              bool     `json:"use_cache"`
	TieWordEmbeddings     bool     `json:"tie_word_embeddings"`
	DecoderStartTokenID   TokenID  `json:"decoder_start_token_id"`
	PadTokenID            TokenID  `json:"pad_token_id"`
	BOSTokenID            TokenID  `json:"bos_token_id"`
	EOSTokenIDs           TokenIDs `json:"eos_token_id"`
	DType                 string   `json:"dtype,omitempty"`

	// Stop are the tokens that end a generated text: those of generation_config.json where there is
	// one, else EOSTokenIDs.
	Stop []int `json:"-"`
}

// DefaultConfig holds the values that HuggingFace gives to absent fields: the 564M model's.
func DefaultConfig() Config {
	return Config{
		ModelType: "xglm", Architectures: []string{"XGLMForCausalLM"},
		VocabSize: 256008, MaxPositionEmbeddings: 2048,
		DModel: 1024, FFNDim: 4096, NumLayers: 24, AttentionHeads: 16,
		ActivationFunction: "gelu", Dropout: 0.1, AttentionDropout: 0.1, InitStd: 0.02,
		ScaleEmbedding: true, UseCache: true, TieWordEmbeddings: true,
		DecoderStartTokenID: 2, PadTokenID: 1, BOSTokenID: 0, EOSTokenIDs: TokenIDs{2}, Stop: []int{2},
	}
}

// Preset returns the config of a published size: 564M, 1.7B, 2.9B, 4.5B or 7.5B.
func Preset(size string) (Config, error) {
	c := DefaultConfig()
	switch size {
	case "564M":
	case "1.7B":
		c.DModel, c.FFNDim = 2048, 8192
	case "2.9B":
		c.DModel, c.FFNDim, c.NumLayers = 2048, 8192, 48
	case "4.5B":
		c.DModel, c.FFNDim, c.NumLayers = 2048, 16384, 48
	case "7.5B":
		c.DModel, c.FFNDim, c.NumLayers, c.AttentionHeads = 4096, 16384, 32, 32
	default:
		return c, fmt.Errorf("no XGLM of size %q: there are 564M, 1.7B, 2.9B, 4.5B and 7.5B", size)
	}
	return c, nil
}

// maxConfig bounds a config file; those of XGLM have less than 1 KB.
const maxConfig = 1 << 20

// LoadConfig reads dir/config.json, and of dir/generation_config.json the tokens that end a text. A
// damaged file, or one that describes no XGLM, is an error that names it and that the user can mend.
func LoadConfig(dir string) (Config, error) {
	path := filepath.Join(dir, "config.json")
	data, err := regular.ReadFile(path, maxConfig)
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, usererror.Errorf("%s: no config.json there: a checkpoint folder holds one beside its weights", dir)
	}
	if errors.Is(err, syscall.ENOTDIR) {
		return Config{}, usererror.Errorf("%s is a file: name the folder that holds it and config.json", dir)
	}
	if err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(data)
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	c.Stop, err = stopTokens(dir, c)
	return c, err
}

// ParseConfig reads a config.json.
func ParseConfig(data []byte) (Config, error) {
	c := DefaultConfig()
	c.ModelType = ""
	c.Architectures = nil
	if err := jsonfile.Unmarshal(data, &c); err != nil {
		return c, err
	}
	if err := refuseNulls(data); err != nil {
		return c, err
	}
	if c.ModelType != "xglm" {
		return c, usererror.Errorf("model_type is %q, and only xglm is supported", c.ModelType)
	}
	c.Stop = c.EOSTokenIDs
	return c, c.validate()
}

// refuseNulls refuses null, which encoding/json reads as the default, where a size or a switch is
// expected. HuggingFace refuses it as well.
func refuseNulls(data []byte) error {
	var all map[string]any
	if err := jsonfile.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, name := range []string{
		"vocab_size", "max_position_embeddings", "d_model", "ffn_dim", "num_layers", "attention_heads", "activation_function",
		"dropout", "attention_dropout", "activation_dropout", "init_std", "scale_embedding", "tie_word_embeddings",
	} {
		if value, there := all[name]; there && value == nil {
			return usererror.Errorf("%s is null: expected a value", name)
		}
	}
	return nil
}

// stopTokens returns the tokens that end a text. Where dir/generation_config.json is there it alone
// says so, as in HuggingFace: without an eos_token_id in it, nothing ends a text.
func stopTokens(dir string, c Config) ([]int, error) {
	path := filepath.Join(dir, "generation_config.json")
	data, err := regular.ReadFile(path, maxConfig)
	if errors.Is(err, os.ErrNotExist) {
		return c.EOSTokenIDs, nil
	}
	var generation struct {
		EOS TokenIDs `json:"eos_token_id"`
	}
	if err == nil {
		err = jsonfile.Unmarshal(data, &generation)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return generation.EOS, nil
}

// The largest sizes that are taken for an XGLM's, far beyond the published ones (48 layers of 4096,
// 256,008 tokens). A config that asks for more is damaged, or made to exhaust memory.
const (
	maxLayers    = 1 << 10
	maxWidth     = 1 << 16
	maxFFN       = 1 << 18
	maxVocab     = 1 << 24
	maxPositions = 1 << 20
)

func (c Config) validate() error {
	for _, f := range []struct {
		name        string
		value       int
		least, most int
	}{
		{"vocab_size", c.VocabSize, firstPiece + 1, maxVocab}, {"d_model", c.DModel, 4, maxWidth}, {"ffn_dim", c.FFNDim, 1, maxFFN},
		{"num_layers", c.NumLayers, 1, maxLayers}, {"attention_heads", c.AttentionHeads, 1, maxWidth},
		{"max_position_embeddings", c.MaxPositionEmbeddings, 1, maxPositions}, {"pad_token_id", int(c.PadTokenID), int(NoToken), c.VocabSize - 1},
	} {
		if f.value < f.least || f.value > f.most {
			return usererror.Errorf("%s is %d: expected a whole number from %d to %d", f.name, f.value, max(f.least, 0), f.most)
		}
	}
	if c.DModel%c.AttentionHeads != 0 {
		return usererror.Errorf("d_model %d cannot be split into %d attention_heads", c.DModel, c.AttentionHeads)
	}
	if c.ActivationFunction != "gelu" && c.ActivationFunction != "relu" {
		return usererror.Errorf("activation_function %q is not supported: XGLM has gelu or relu", c.ActivationFunction)
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"dropout", c.Dropout}, {"attention_dropout", c.AttentionDropout}, {"activation_dropout", c.ActivationDropout}} {
		if f.value < 0 || f.value >= 1 {
			return usererror.Errorf("%s is %v, and must be in [0, 1)", f.name, f.value)
		}
	}
	return nil
}

// firstPiece is the first id that is no special token.
const firstPiece = 4

// Computation says what the config has the weights do, beside what their shapes say: with another one
// the same weights give other hidden states.
func (c Config) Computation() string {
	scale := "a scaled embedding"
	if !c.ScaleEmbedding {
		scale = "an embedding without scale"
	}
	return fmt.Sprintf("%s, %d attention heads and %s", c.ActivationFunction, c.AttentionHeads, scale)
}

// HeadDim is the width of one attention head.
func (c Config) HeadDim() int { return c.DModel / c.AttentionHeads }
