package checkpoints

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

const (
	adapterConfigFile = "adapter_config.json"
	headPrefix        = "base_model." // PEFT's prefix of the modules in modules_to_save
)

// PromptEmbeddings is the name under which PEFT stores a prompt, and a run too.
const PromptEmbeddings = "prompt_embeddings"

// Adapter is a trained prompt, or the factors of LoRA, as PEFT stores them.
type Adapter struct {
	Config AdapterConfig
	// Prompt is [P, d] for PROMPT_TUNING and P_TUNING: scaled input embeddings without positions. For PREFIX_TUNING it is
	// [P, 2 L d], viewed as [P, 2L, heads, head_dim] with the keys of layer l at 2l and its values at 2l+1. Projections and
	// encoders have been applied.
	Prompt Tensor
	// Layers are the factors of LORA, NAME.lora_A.weight [r, in] and NAME.lora_B.weight [out, r] of linear layer NAME, and the
	// biases that were trained, all named as in HF's XGLMForCausalLM.
	Layers []Tensor
	// CausalLM tells that the files name Layers as in XGLMForCausalLM; else as in XGLMModel.
	CausalLM bool
	// Heads are the tensors of modules_to_save, named as in the base model: score.weight, classifier.bias, ...
	Heads []Tensor
	// Unknown are the ignored fields of the config file.
	Unknown []string
	// Metadata is that of the safetensors file beside its format; nil if there is none.
	Metadata map[string]string
	// Notes are written to README.md; empty: no file.
	Notes string
}

// adapterPatterns are the files that hold an adapter's weights, in PEFT's order.
var adapterPatterns = []string{"adapter_model.safetensors", "adapter_model.bin"}

// IsAdapter tells whether a folder has an adapter_config.json, readable or not.
func IsAdapter(folder string) bool {
	_, err := os.Lstat(filepath.Join(folder, adapterConfigFile))
	return err == nil
}

// maxAdapterConfig limits the bytes of an adapter_config.json; PEFT's have some 1 KB.
const maxAdapterConfig = 1 << 20

// AdapterBelow returns a sub-folder with an adapter, as PEFT saves named adapters; empty without one.
func AdapterBelow(folder string) string {
	below, err := filepath.Glob(filepath.Join(folder, "*", adapterConfigFile))
	if err != nil || len(below) == 0 {
		return ""
	}
	return filepath.Dir(below[0])
}

// PeftType returns the peft_type of the adapter in a folder, such as PREFIX_TUNING.
func PeftType(folder string) (string, error) {
	path := filepath.Join(folder, adapterConfigFile)
	data, err := regular.ReadFile(path, maxAdapterConfig)
	if err != nil {
		return "", err
	}
	var c struct {
		PeftType string `json:"peft_type"`
	}
	if err := jsonfile.Unmarshal(data, &c); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return c.PeftType, nil
}

// ReadAdapter reads an adapter that PEFT saved, from safetensors or ".bin". It copies the tensors.
func ReadAdapter(folder string) (*Adapter, error) {
	path := filepath.Join(folder, adapterConfigFile)
	data, err := regular.ReadFile(path, maxAdapterConfig)
	if err != nil {
		return nil, err
	}
	a := &Adapter{}
	if a.Config, a.Unknown, err = ParseAdapterConfig(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file, err := find(folder, adapterPatterns)
	if err != nil {
		return nil, err
	}
	c, err := OpenFile(file)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if a.Metadata, err = c.Metadata(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	delete(a.Metadata, "format")
	if len(a.Metadata) == 0 {
		a.Metadata = nil
	}
	if err := a.copyTensors(c); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return a, nil
}

// copyTensors copies the tensors of the file.
func (a *Adapter) copyTensors(c *Checkpoint) error {
	for _, name := range c.Names() {
		t, err := c.Tensor(name)
		if err != nil {
			return err
		}
		if err := t.CheckFinite(); err != nil {
			return err
		}
		t.Data = slices.Clone(t.Data)
		if a.Config.PeftType == LoRA {
			if err := a.addLoRA(t); err != nil {
				return err
			}
			continue
		}
		head, isHead := strings.CutPrefix(name, headPrefix)
		switch {
		case name == PromptEmbeddings:
			a.Prompt = t
		case isHead:
			t.Name = head
			a.Heads = append(a.Heads, t)
		default:
			return fmt.Errorf("tensor %q is neither a prompt nor a saved module", name)
		}
	}
	return a.check()
}

// backbonePart are names in modules_to_save that are no head, but a part of XGLM that was trained whole.
var backbonePart = regexp.MustCompile(`^(model\.)?(layers\.\d+|layer_norm|embed_tokens|embed_positions)\.`)

// check compares the tensors with the config, and infers missing sizes of a prompt from them.
func (a *Adapter) check() error {
	for _, t := range a.Heads {
		if backbonePart.MatchString(t.Name) {
			return usererror.Errorf("tensor %q: of modules_to_save xpt takes a head alone, no part of the backbone", t.Name)
		}
	}
	if a.Config.PeftType == LoRA {
		return a.checkLoRA()
	}
	if a.Prompt.Name == "" {
		return fmt.Errorf("no tensor %q", PromptEmbeddings)
	}
	return a.Config.checkPrompt(a.Prompt.Shape)
}

// Tensors lists all tensors.
func (a *Adapter) Tensors() []Tensor {
	if a.Config.PeftType == LoRA {
		return slices.Concat(a.Layers, a.Heads)
	}
	return append([]Tensor{a.Prompt}, a.Heads...)
}

// peftNames are the tensors under PEFT's names.
func (a *Adapter) peftNames() []Tensor {
	if a.Config.PeftType == LoRA {
		return a.loraNames()
	}
	tensors := []Tensor{a.Prompt}
	for _, head := range a.Heads {
		head.Name = headPrefix + head.Name
		tensors = append(tensors, head)
	}
	return tensors
}

// WriteAdapter writes a folder that PeftModel.from_pretrained loads, atomically. An existing folder is an error.
func WriteAdapter(folder string, a *Adapter) error {
	written := *a
	config := &written.Config
	config.InferenceMode = true
	if config.NumTransformerSubmodules == 0 {
		config.NumTransformerSubmodules = 1
	}
	if config.PeftType == PromptTuning && config.PromptTuningInit == "" {
		config.PromptTuningInit = "RANDOM"
	}
	if config.PeftType == PTuning && config.EncoderReparameterization == "" {
		config.EncoderReparameterization = "MLP"
	}
	if err := config.validate(); err != nil {
		return err
	}
	written.Prompt.Name = PromptEmbeddings
	if err := written.check(); err != nil {
		return err
	}
	if config.PeftType != LoRA && config.NumAttentionHeads == 0 {
		return fmt.Errorf("PEFT cannot find XGLM's num_attention_heads by itself: the config needs it")
	}
	encoded, err := config.encode()
	if err != nil {
		return err
	}
	metadata := map[string]string{"format": "pt"}
	maps.Copy(metadata, a.Metadata)
	return writeFolder(folder, func(partial string) error {
		if err := WriteSafetensors(filepath.Join(partial, adapterPatterns[0]), writers(written.peftNames()), metadata); err != nil {
			return err
		}
		if a.Notes != "" {
			if err := WriteFile(filepath.Join(partial, "README.md"), []byte(a.Notes)); err != nil {
				return err
			}
		}
		return WriteFile(filepath.Join(partial, adapterConfigFile), encoded)
	})
}

// ConvertAdapter writes an adapter in PEFT's current format, with its tensors cast to dtype unless that is 0.
func ConvertAdapter(source, target string, dtype DType) (*Adapter, error) {
	a, err := ReadAdapter(source)
	if err != nil {
		return nil, err
	}
	if dtype != 0 {
		if err := a.cast(dtype); err != nil {
			return nil, err
		}
	}
	return a, WriteAdapter(target, a)
}

// cast makes all tensors of a type.
func (a *Adapter) cast(dtype DType) (err error) {
	if a.Config.PeftType != LoRA {
		if a.Prompt, err = a.Prompt.As(dtype); err != nil {
			return err
		}
	}
	for _, tensors := range [][]Tensor{a.Layers, a.Heads} {
		for i, t := range tensors {
			if tensors[i], err = t.As(dtype); err != nil {
				return err
			}
		}
	}
	return nil
}
