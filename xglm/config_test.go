package xglm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/internal/usererror"
	"xpt/libtorch"
)

// configWith is a small config.json with some fields set, by their JSON.
func configWith(t *testing.T, fields map[string]string) string {
	t.Helper()
	all := map[string]json.RawMessage{"model_type": json.RawMessage(`"xglm"`), "vocab_size": json.RawMessage("24"), "d_model": json.RawMessage("8"),
		"num_layers": json.RawMessage("2"), "attention_heads": json.RawMessage("2"), "ffn_dim": json.RawMessage("16")}
	for name, value := range fields {
		all[name] = json.RawMessage(value)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestParseConfig(t *testing.T) {
	for _, c := range []struct{ field, value, want string }{
		{"num_layers", "2.0", ""},
		{"d_model", "8e0", ""},
		{"eos_token_id", "null", ""},
		{"eos_token_id", "[2, 15.0]", ""},
		{"pad_token_id", "null", ""},
		{"architectures", "null", ""},
		{"max_position_embeddings", "1048576", ""},
		{"num_layers", "0", "num_layers is 0: expected a whole number from 1 to 1024"},
		{"num_layers", "16000000", "num_layers is 16000000: expected a whole number from 1 to 1024"},
		{"num_layers", "2.5", "num_layers is 2.5: expected a whole number"},
		{"num_layers", `"2"`, "num_layers is a string: expected a whole number"},
		{"max_position_embeddings", "16000000", "from 1 to 1048576"},
		{"vocab_size", "4", "from 5 to"},
		{"vocab_size", "-1", "from 5 to"},
		{"d_model", "2", "from 4 to 65536"},
		{"d_model", "9", "cannot be split"},
		{"attention_heads", "0", "attention_heads is 0"},
		{"pad_token_id", "24", "pad_token_id is 24: expected a whole number from 0 to 23"},
		{"pad_token_id", "-2", "pad_token_id is -2"},
		{"eos_token_id", `"2"`, "eos_token_id is a string: expected a whole number"},
		{"eos_token_id", "[2, 1.5]", "eos_token_id is 1.5: expected a whole number"},
		{"dropout", "1", "must be in [0, 1)"},
		{"activation_function", `"silu"`, "not supported"},
		{"model_type", `"gpt2"`, "only xglm is supported"},
		{"Num_Layers", "3", `the key "Num_Layers": write "num_layers"`},
		{"num_layers", "null", "num_layers is null: expected a value"},
		{"scale_embedding", "null", "scale_embedding is null"},
		{"tie_word_embeddings", `"yes"`, "tie_word_embeddings is a string: expected true or false"},
	} {
		_, err := ParseConfig([]byte(configWith(t, map[string]string{c.field: c.value})))
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: error %v, want %q", c.field, c.value, err, c.want)
		}
		if err != nil && !errors.As(err, new(*usererror.Error)) {
			t.Errorf("%v is no error of the user", err)
		}
	}
}

func TestParseConfigRefusesAKeyTwice(t *testing.T) {
	text := strings.Replace(configWith(t, nil), "{", `{"num_layers": 3, `, 1)
	if _, err := ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), `the key "num_layers" appears twice`) {
		t.Errorf("error %v", err)
	}
}

// What ends a text is HuggingFace's rule: generation_config.json where it is there, whatever it
// lacks, else config.json.
func TestStopTokens(t *testing.T) {
	for _, c := range []struct {
		config, generation string
		want               []int
	}{
		{"2", "", []int{2}},
		{"[2, 15]", "", []int{2, 15}},
		{"null", "", nil},
		{"[2, 15]", `{"eos_token_id": 2}`, []int{2}},
		{"2", `{"eos_token_id": [2, 15]}`, []int{2, 15}},
		{"15", `{"eos_token_id": null}`, nil},
		{"15", `{"bos_token_id": 0}`, nil},
		{"15", `{"eos_token_id": 2.0}`, []int{2}},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "config.json"), configWith(t, map[string]string{"eos_token_id": c.config}))
		if c.generation != "" {
			write(t, filepath.Join(dir, "generation_config.json"), c.generation)
		}
		config, err := LoadConfig(dir)
		if err != nil || !slices.Equal(config.Stop, c.want) {
			t.Errorf("config %s, generation %s: %v, %v, want %v", c.config, c.generation, config.Stop, err, c.want)
		}
		text, err := json.Marshal(config) // as a config.json is written
		if want := fmt.Sprintf("%q:%s", "eos_token_id", strings.ReplaceAll(c.config, " ", "")); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s, %v: no %s", text, err, want)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestLoadConfigRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	sound := configWith(t, nil)
	for name, file := range map[string]struct{ config, generation, want string }{
		"none":       {"", "", "no config.json there"},
		"dangling":   {"-> nowhere", "", "config.json is a link to nowhere"},
		"loop":       {"-> config.json", "", "too many levels of symbolic links"},
		"device":     {"-> /dev/zero", "", "is a device"},
		"large":      {strings.Repeat(" ", maxConfig+1), "", "has more than"},
		"cut":        {sound[:40], "", "config.json: line 1: the file ends within its JSON"},
		"utf16":      {"\xff\xfe{\x00}\x00", "", "config.json: it is in UTF-16"},
		"generation": {sound, "{", "generation_config.json: line 1: "},
		"gen link":   {sound, "-> nowhere", "generation_config.json is a link to nowhere"},
	} {
		t.Run(name, func(t *testing.T) {
			for path, text := range map[string]string{at("config.json"): file.config, at("generation_config.json"): file.generation} {
				os.Remove(path)
				if to, link := strings.CutPrefix(text, "-> "); link {
					if err := os.Symlink(to, path); err != nil {
						t.Fatal(err)
					}
				} else if text != "" {
					write(t, path, text)
				}
			}
			if _, err := LoadConfig(dir); err == nil || !strings.Contains(err.Error(), file.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error %v, want %q", err, file.want)
			}
		})
	}
	if _, err := LoadConfig("../testdata/mini/checkpoint/config.json"); err == nil || !strings.Contains(err.Error(), "config.json is a file: name the folder") {
		t.Errorf("error %v, want one about a file", err)
	}
}

// A config of no published size asks for more memory than there is.
func TestNewRefusesWhatDoesNotFit(t *testing.T) {
	c := DefaultConfig()
	c.NumLayers, c.DModel = maxLayers, maxWidth
	_, err := New(c, nil, Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err == nil || !strings.Contains(err.Error(), "GB of memory") || !errors.As(err, new(*usererror.Error)) {
		t.Errorf("error %v", err)
	}
}

func FuzzConfig(f *testing.F) {
	for _, text := range []string{`{"model_type": "xglm"}`, `{"model_type": "xglm", "eos_token_id": [2, 15.0], "num_layers": 2.0}`,
		`{"model_type": "xglm", "pad_token_id": null, "d_model": 9}`, "\xff\xfe{\x00"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseConfig(data)
		if err != nil {
			return
		}
		if len(c.Tensors()) != 16*c.NumLayers+3 || c.Parameters() < c.VocabSize {
			t.Errorf("%d weights of %d values", len(c.Tensors()), c.Parameters())
		}
	})
}
