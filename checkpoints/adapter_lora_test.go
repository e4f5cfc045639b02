package checkpoints

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

const loraFixtures = "../testdata/lora"

// LoRA as PEFT saved it, in both formats, is written again with PEFT's bytes and fields. Fields that say what is off are left out.
func TestWritesLoRAAsPEFT(t *testing.T) {
	for _, name := range []string{"lm", "biases", "head"} {
		source := filepath.Join(loraFixtures, name)
		a, err := ReadAdapter(source)
		if err != nil {
			t.Fatal(err)
		}
		if len(a.Unknown) != 0 {
			t.Errorf("%s: unknown fields %q", name, a.Unknown)
		}
		out := filepath.Join(t.TempDir(), "adapter")
		if err := WriteAdapter(out, a); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(filepath.Join(out, "adapter_model.safetensors"))
		want, _ := os.ReadFile(filepath.Join(source, "adapter_model.safetensors"))
		if name != "head" && !bytes.Equal(got, want) { // PEFT saves copies of the head's bias too
			t.Errorf("%s: adapter_model.safetensors differs from PEFT's", name)
		}
		ours, theirs := configFields(t, out), configFields(t, source)
		for _, field := range append(loraVariants, "corda_config", "ensure_weight_tying", "eva_config", "init_lora_weights", "loftq_config", "lora_ga_config",
			"megatron_core", "qalora_group_size") {
			if _, ok := theirs[field]; !ok {
				t.Errorf("PEFT has no field %s", field)
			}
			delete(theirs, field)
		}
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s: wrote %v, PEFT %v", name, ours, theirs)
		}
		again, err := ReadAdapter(out)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, again) {
			t.Errorf("%s: written and read again: %+v, want %+v", name, again, a)
		}
	}
	safe, err := ReadAdapter(filepath.Join(loraFixtures, "lm"))
	if err != nil {
		t.Fatal(err)
	}
	torch, err := ReadAdapter(filepath.Join(loraFixtures, "lm_bin"))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(safe.Layers, torch.Layers) || len(safe.Layers) != 12 || safe.Layers[0].Name != "model.layers.0.self_attn.q_proj.lora_A.weight" {
		t.Errorf("the .bin has other tensors: %v", torch.Layers)
	}
}

func TestRefusesLoRA(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"DoRA":         {`"use_dora": false`, `"use_dora": true`, "use_dora is true, which xpt does not compute"},
		"ranks":        {`"rank_pattern": {}`, `"rank_pattern": {"q_proj": 2}`, `rank_pattern is {"q_proj":2}`},
		"PiSSA":        {`"init_lora_weights": true`, `"init_lora_weights": "pissa"`, `init_lora_weights is "pissa", which changes`},
		"rank":         {`"r": 4`, `"r": 3`, "the config's r is 3"},
		"no rank":      {`"r": 4`, `"r": 0`, "r is 0: expected a whole number from 1"},
		"missing rank": {`"r": 4,`, ``, "the config's r is 8"},
		"bias":         {`"bias": "none"`, `"bias": "some"`, `bias is "some": expected none, all or lora_only`},
		"targets":      {`"target_modules": [`, `"target_modules": [1,`, "target_modules is [1,"},
		"no targets":   {`"target_modules": [`, `"target_module": [`, "target_modules is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(filepath.Join(loraFixtures, "lm"))); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(folder, adapterConfigFile)
			data, _ := os.ReadFile(path)
			if !strings.Contains(string(data), test.from) {
				t.Fatalf("no %s in %s", test.from, data)
			}
			os.WriteFile(path, []byte(strings.Replace(string(data), test.from, test.to, 1)), 0o644)
			if _, err := ReadAdapter(folder); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
	values := floats("", []int{4, 32}, F32, make([]float64, 128))
	for want, names := range map[string][]string{
		`"model.layers.0.fc1.weight": of modules_to_save`:   {"base_model.model.model.layers.0.fc1.weight"},
		`"layer_norm.weight": of modules_to_save`:           {"base_model.model.layer_norm.weight"},
		"there is no model.layers.0.fc1.lora_A.weight":      {"base_model.model.model.layers.0.fc1.lora_B.weight"},
		"of shapes [4 32] and []":                           {"base_model.model.model.layers.0.fc1.lora_A.weight"},
		"has not the prefix":                                {"model.layers.0.fc1.lora_A.weight"},
		"xpt adapts the linear layers":                      {"base_model.model.lm_head.lora_A.weight"},
		"no factors":                                        {"base_model.model.model.layers.0.fc1.bias"},
		`"model.layers.0.fc1.lora_A.weight" is there twice`: {"base_model.model.layers.0.fc1.lora_A.weight", "base_model.model.model.layers.0.fc1.lora_A.weight"},
	} {
		folder := t.TempDir()
		if err := os.CopyFS(folder, os.DirFS(filepath.Join(loraFixtures, "lm"))); err != nil {
			t.Fatal(err)
		}
		var tensors []TensorWriter
		for _, name := range names {
			tensor := values
			tensor.Name = name
			tensors = append(tensors, tensor.Writer())
		}
		if err := WriteSafetensors(filepath.Join(folder, "adapter_model.safetensors"), tensors, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAdapter(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want one with %q", names, err, want)
		}
	}
}
