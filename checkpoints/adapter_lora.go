package checkpoints

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"xpt/internal/usererror"
)

// The factors of a linear layer, after its name.
const (
	LoRAA = ".lora_A.weight" // [r, in]
	LoRAB = ".lora_B.weight" // [out, r]
)

// loraPrefix is PEFT's prefix of all names in the base model.
const loraPrefix = headPrefix + "model."

// baseLayer is in the names of an adapted layer's own bias.
const baseLayer = ".base_layer"

// loraTensor is a trained tensor of a layer, in XGLMForCausalLM or XGLMModel.
var loraTensor = regexp.MustCompile(`^(model\.)?((?:layers\.\d+\.(?:self_attn\.[qkv]_proj|self_attn\.out_proj|self_attn_layer_norm|fc1|fc2|final_layer_norm)|layer_norm)\.(?:lora_A\.weight|lora_B\.weight|bias))$`)

// copied are names of a module in modules_to_save that PEFT saves too where all biases are trained.
var copied = regexp.MustCompile(`\.(modules_to_save|original_module)\.`)

// addLoRA adds a tensor of a LORA adapter's file.
func (a *Adapter) addLoRA(t Tensor) error {
	name, ok := strings.CutPrefix(t.Name, loraPrefix)
	switch parts := loraTensor.FindStringSubmatch(strings.Replace(name, baseLayer, "", 1)); {
	case !ok:
		return fmt.Errorf("tensor %q has not the prefix %s", t.Name, loraPrefix)
	case copied.MatchString(name):
	case parts != nil:
		a.CausalLM = parts[1] != ""
		t.Name = "model." + parts[2]
		a.Layers = append(a.Layers, t)
	case strings.Contains(name, "lora_") || name == LMHead || strings.Contains(name, "embed_tokens"):
		return usererror.Errorf("tensor %q: xpt adapts the linear layers and biases of decoder layers alone", t.Name)
	default:
		t.Name = name
		a.Heads = append(a.Heads, t)
	}
	return nil
}

// loraNames are a LORA adapter's tensors under PEFT's names.
func (a *Adapter) loraNames() (out []Tensor) {
	has := map[string]bool{}
	for _, t := range a.Layers {
		has[t.Name] = true
	}
	for _, t := range a.Layers {
		if module, isBias := strings.CutSuffix(t.Name, ".bias"); isBias && has[module+LoRAA] {
			t.Name = module + baseLayer + ".bias"
		}
		if !a.CausalLM {
			t.Name = strings.TrimPrefix(t.Name, "model.")
		}
		t.Name = loraPrefix + t.Name
		out = append(out, t)
	}
	for _, t := range a.Heads {
		t.Name = loraPrefix + t.Name
		out = append(out, t)
	}
	return out
}

// checkLoRA compares the factors' shapes with each other and with the config.
func (a *Adapter) checkLoRA() error {
	shapes := map[string][]int{}
	for _, t := range a.Layers {
		if shapes[t.Name] != nil {
			return usererror.Errorf("tensor %q is there twice", t.Name)
		}
		shapes[t.Name] = t.Shape
	}
	factors := false
	for _, t := range a.Layers {
		module, isA := strings.CutSuffix(t.Name, LoRAA)
		if !isA {
			module, isB := strings.CutSuffix(t.Name, LoRAB)
			if isB && shapes[module+LoRAA] == nil {
				return usererror.Errorf("tensor %q: there is no %s", t.Name, module+LoRAA)
			}
			continue
		}
		factors = true
		up := shapes[module+LoRAB]
		if len(t.Shape) != 2 || len(up) != 2 || t.Shape[0] != a.Config.LoRARank || up[1] != a.Config.LoRARank {
			return usererror.Errorf("%s has factors of shapes %v and %v, and the config's r is %d: expected [r, in] and [out, r]", module, t.Shape, up, a.Config.LoRARank)
		}
	}
	if !factors {
		return usererror.New("it has no factors lora_A and lora_B")
	}
	return nil
}

// loraVariants are fields of PEFT that change what the factors mean, and that xpt does not compute. Here they are off.
var loraVariants = []string{
	"alora_invocation_tokens", "alpha_pattern", "arrow_config", "fan_in_fan_out", "kasa_config", "layer_replication", "lora_bias", "megatron_config",
	"monteclora_config", "rank_pattern", "target_parameters", "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora", "velora_config",
}

// loraInits are values of init_lora_weights that leave the base model's weights alone.
var loraInits = []string{"", "true", "false", "null", `"gaussian"`, `"eva"`, `"orthogonal"`}

// parseLoRA fills in PEFT's defaults where fields are missing, and refuses what xpt does not compute.
func (c *AdapterConfig) parseLoRA(all map[string]json.RawMessage) error {
	for _, name := range loraVariants {
		if off := []string{"", "null", "false", "{}", "[]"}; !slices.Contains(off, string(all[name])) {
			return usererror.Errorf("%s is %s, which xpt does not compute", name, oneLine(all[name]))
		}
	}
	if init := string(all["init_lora_weights"]); !slices.Contains(loraInits, init) {
		return usererror.Errorf("init_lora_weights is %s, which changes the base model's weights: save it by PEFT with path_initial_model_for_weight_conversion", init)
	}
	given := func(name string) bool { return all[name] != nil && string(all[name]) != "null" }
	if !given("r") {
		c.LoRARank = 8
	}
	if !given("lora_alpha") {
		c.LoRAAlpha = 8
	}
	if c.Bias == "" {
		c.Bias = "none"
	}
	return nil
}

// validateLoRA refuses values that no LoraConfig takes.
func (c AdapterConfig) validateLoRA() error {
	if !slices.Contains([]string{"none", "all", "lora_only"}, c.Bias) {
		return usererror.Errorf("bias is %q: expected none, all or lora_only", c.Bias)
	}
	var list []string
	var pattern string
	if json.Unmarshal(c.TargetModules, &list) != nil && json.Unmarshal(c.TargetModules, &pattern) != nil {
		return usererror.Errorf("target_modules is %s: expected a list of names or a pattern", oneLine(c.TargetModules))
	}
	return nil
}

func oneLine(text json.RawMessage) string {
	var out bytes.Buffer
	if text == nil {
		return "missing"
	}
	if json.Compact(&out, text) != nil {
		return "no JSON"
	}
	return out.String()
}
