package checkpoints

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestReadsEveryAdapter reads an adapter of each kind as PEFT saved it, in both
// formats, and writes it again.
func TestReadsEveryAdapter(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(fixtures, "adapters/expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string]described
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for name, tensors := range want {
		for _, suffix := range []string{"", "_bin"} {
			t.Run(name+suffix, func(t *testing.T) {
				a, err := ReadAdapter(filepath.Join(fixtures, "adapters", name+suffix))
				if err != nil {
					t.Fatal(err)
				}
				compareAdapter(t, a, tensors)
				if c := a.Config; c.NumVirtualTokens != 5 || c.TokenDim != 8 || c.NumLayers != 2 || c.NumAttentionHeads != 2 || c.BaseModel != "xglm/safetensors" {
					t.Errorf("config %+v", c)
				}
				if len(a.Unknown) != 0 {
					t.Errorf("unknown fields %q", a.Unknown)
				}
				out := filepath.Join(t.TempDir(), "adapter")
				if err := WriteAdapter(out, a); err != nil {
					t.Fatal(err)
				}
				again, err := ReadAdapter(out)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(a, again) {
					t.Errorf("written and read again: %+v, want %+v", again, a)
				}
			})
		}
	}
}

func compareAdapter(t *testing.T, a *Adapter, want map[string]described) {
	t.Helper()
	got := append([]Tensor{a.Prompt}, a.Heads...)
	if len(got) != len(want) {
		t.Errorf("%d tensors, want %d", len(got), len(want))
	}
	for _, tensor := range got {
		w := want[tensor.Name]
		if !slices.Equal(tensor.Shape, w.Shape) || !slices.Equal(texts(tensor), w.Values) {
			t.Errorf("%s %v differs from PEFT's %v", tensor.Name, tensor.Shape, w.Shape)
		}
	}
}

// TestWritesAdaptersAsPEFT compares what is written with PEFT's own files: the
// tensors byte for byte, the config field by field. Two fields that say nothing
// about a trained prompt are left out.
func TestWritesAdaptersAsPEFT(t *testing.T) {
	for _, name := range []string{"prompt", "prefix", "prefix_projection", "ptuning_mlp", "ptuning_lstm", "prompt_score"} {
		source := filepath.Join(fixtures, "adapters", name)
		a, err := ReadAdapter(source)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "adapter")
		if err := WriteAdapter(out, a); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(filepath.Join(out, "adapter_model.safetensors"))
		want, _ := os.ReadFile(filepath.Join(source, "adapter_model.safetensors"))
		if !bytes.Equal(got, want) {
			t.Errorf("%s: adapter_model.safetensors differs from PEFT's", name)
		}
		ours, theirs := configFields(t, out), configFields(t, source)
		delete(theirs, "init_weights")
		delete(theirs, "tokenizer_kwargs")
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: wrote %v, PEFT %v", name, ours, theirs)
		}
	}
}

func configFields(t *testing.T, folder string) (fields map[string]any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "adapter_config.json"))
	if err == nil {
		err = json.Unmarshal(data, &fields)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestReadsOldAdapter(t *testing.T) {
	a, err := ReadAdapter(filepath.Join(fixtures, "adapters/prompt_old"))
	if err != nil {
		t.Fatal(err)
	}
	if a.Config.NumLayers != 0 || a.Config.TokenDim != 8 || !slices.Equal(a.Prompt.Shape, []int{5, 8}) {
		t.Errorf("config %+v, prompt %v", a.Config, a.Prompt.Shape)
	}
	if err := WriteAdapter(filepath.Join(t.TempDir(), "a"), a); err == nil {
		t.Error("wrote an adapter without num_attention_heads, which PEFT refuses for XGLM")
	}
}

// TestSizesFromThePrefix reads a prefix whose config lacks what its shape gives.
func TestSizesFromThePrefix(t *testing.T) {
	for field, missing := range map[string]AdapterConfig{
		"num_layers":         {PeftType: PrefixTuning, NumVirtualTokens: 5, TokenDim: 8},
		"token_dim":          {PeftType: PrefixTuning, NumVirtualTokens: 5, NumLayers: 2},
		"num_virtual_tokens": {PeftType: PrefixTuning, NumLayers: 2, TokenDim: 8},
	} {
		if err := missing.checkPrompt([]int{5, 32}); err != nil || missing.NumVirtualTokens != 5 || missing.NumLayers != 2 || missing.TokenDim != 8 {
			t.Errorf("%s: %+v, %v", field, missing, err)
		}
	}
	both := AdapterConfig{PeftType: PrefixTuning}
	if err := both.checkPrompt([]int{5, 32}); err == nil {
		t.Errorf("sizes from nowhere: %+v", both)
	}
}

func TestRefusesAdapters(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"kind":       {`"PROMPT_TUNING"`, `"LORA"`, `peft_type is "LORA"`},
		"no kind":    {`"peft_type"`, `"other"`, "no peft_type"},
		"length":     {`"num_virtual_tokens": 5`, `"num_virtual_tokens": 6`, "num_virtual_tokens 6"},
		"width":      {`"token_dim": 8`, `"token_dim": 16`, "token_dim 16"},
		"negative":   {`"token_dim": 8`, `"token_dim": -8`, "token_dim is -8"},
		"submodules": {`"num_transformer_submodules": 1`, `"num_transformer_submodules": 2`, "num_transformer_submodules is 2"},
		"not JSON":   {`{`, ``, "adapter_config.json"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			source := filepath.Join(fixtures, "adapters/prompt")
			if err := os.CopyFS(folder, os.DirFS(source)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, "adapter_config.json")
			data, _ := os.ReadFile(path)
			os.WriteFile(path, []byte(strings.Replace(string(data), test.from, test.to, 1)), 0o644)
			if _, err := ReadAdapter(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
