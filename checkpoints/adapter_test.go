package checkpoints

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
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
	if err := both.checkPrompt([]int{5, 32}); err != nil || both.NumVirtualTokens != 5 || both.NumLayers != 0 || both.TokenDim != 0 {
		t.Errorf("%+v, %v: num_layers and token_dim are the backbone's", both, err)
	}
	if err := both.checkPrompt([]int{5, 33}); err == nil {
		t.Error("an odd width is taken for keys and values")
	}
}

func TestRefusesAdapters(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"kind":       {`"PROMPT_TUNING"`, `"IA3"`, `peft_type is "IA3"`},
		"no kind":    {`"peft_type"`, `"other"`, "no peft_type"},
		"length":     {`"num_virtual_tokens": 5`, `"num_virtual_tokens": 6`, "num_virtual_tokens 6"},
		"width":      {`"token_dim": 8`, `"token_dim": 16`, "token_dim 16"},
		"negative":   {`"token_dim": 8`, `"token_dim": -8`, "token_dim is -8: expected a whole number from 1 to"},
		"no tokens":  {`"num_virtual_tokens": 5`, `"num_virtual_tokens": 0`, "num_virtual_tokens is 0: expected a whole number from 1 to"},
		"no layers":  {`"num_layers": 2`, `"num_layers": 0.0`, "num_layers is 0"},
		"a text":     {`"num_layers": 2`, `"num_layers": "2"`, "num_layers is a string"},
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

// PEFT reads nulls as what it knows otherwise, and older versions wrote floats.
func TestReadsNullsAsPEFT(t *testing.T) {
	for _, kind := range []string{"prompt", "prefix"} {
		for _, change := range [][2]string{
			{`"num_layers": 2`, `"num_layers": null`}, {`"token_dim": 8`, `"token_dim": null`}, {`"num_virtual_tokens": 5`, `"num_virtual_tokens": 5.0`},
			{`"num_transformer_submodules": 1`, `"num_transformer_submodules": null`}, {`"inference_mode": true`, `"inference_mode": null`},
			{`"task_type": "CAUSAL_LM"`, `"task_type": null`},
		} {
			folder := changed(t, kind, change)
			a, err := ReadAdapter(folder)
			if err != nil || a.Config.NumVirtualTokens != 5 {
				t.Errorf("%s, %s: %+v, %v", kind, change[1], a, err)
			}
		}
		folder := changed(t, kind, [2]string{`"num_layers": 2`, `"num_layers": null`}, [2]string{`"token_dim": 8`, `"token_dim": null`})
		if _, err := ConvertAdapter(folder, filepath.Join(t.TempDir(), "out"), 0); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// changed is a copy of a fixture with another config.
func changed(t *testing.T, kind string, changes ...[2]string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(fixtures, "adapters", kind))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "adapter_config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	for _, c := range changes {
		if !strings.Contains(text, c[0]) {
			t.Fatalf("no %s in %s", c[0], text)
		}
		text = strings.Replace(text, c[0], c[1], 1)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return folder
}

// An adapter of NaN is refused by the tensor's name.
func TestRefusesAdaptersThatAreNotFinite(t *testing.T) {
	for _, name := range []string{"prompt_embeddings", "base_model.classifier.weight"} {
		for _, dtype := range []DType{F32, F16, BF16, F64} {
			for _, value := range []float64{math.NaN(), math.Inf(-1)} {
				folder := changed(t, "prompt")
				bad := make([]float64, 5*8)
				bad[17] = value
				tensors := []TensorWriter{Tensor{Name: "prompt_embeddings", DType: F32, Shape: []int{5, 8}, Data: make([]byte, 160)}.Writer()}
				wrong := floats(name, []int{5, 8}, dtype, bad).Writer()
				if name == "prompt_embeddings" {
					tensors = nil
				}
				if err := WriteSafetensors(filepath.Join(folder, "adapter_model.safetensors"), append(tensors, wrong), nil); err != nil {
					t.Fatal(err)
				}
				if _, err := ReadAdapter(folder); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("tensor %q: 1 of 40 values are NaN or infinite", name)) {
					t.Errorf("%s of %v: %v", name, dtype, err)
				}
			}
		}
	}
}

// floats is a tensor of values in a type.
func floats(name string, shape []int, dtype DType, values []float64) Tensor {
	wide := Tensor{Name: name, DType: F64, Shape: shape}
	for _, v := range values {
		wide.Data = binary.LittleEndian.AppendUint64(wide.Data, math.Float64bits(v))
	}
	out, err := wide.As(dtype)
	if err != nil {
		panic(err)
	}
	return out
}

// PEFT saves an adapter that has a name in a sub-folder.
func TestNamesTheSubfolderOfAnAdapter(t *testing.T) {
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "mine"), os.DirFS(filepath.Join(fixtures, "adapters/prompt"))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "name "+filepath.Join(folder, "mine")) {
		t.Errorf("error %v", err)
	}
}
