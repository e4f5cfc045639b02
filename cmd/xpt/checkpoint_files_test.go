package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/checkpoints"
)

// tinyCopy is a checkpoint that a test may change: that of the fixtures, with a
// tokenizer whose ids it has no rows for.
func tinyCopy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range []string{tiny + "/config.json", tiny + "/model.safetensors", "../../testdata/mini/checkpoint/sentencepiece.bpe.model"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, dir, filepath.Base(file), string(data))
	}
	return dir
}

// setConfig changes a field of a config.json.
func setConfig(t *testing.T, dir, field string, value any) {
	t.Helper()
	var config map[string]any
	text, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err == nil {
		err = json.Unmarshal(text, &config)
	}
	if err != nil {
		t.Fatal(err)
	}
	config[field] = value
	if text, err = json.Marshal(config); err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "config.json", string(text))
}

// rewrite writes the weights again, as another sees fit.
func rewrite(t *testing.T, dir string, change func(tensors []checkpoints.Tensor) []checkpoints.Tensor) {
	t.Helper()
	path := filepath.Join(dir, "model.safetensors")
	ck, err := checkpoints.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	var tensors []checkpoints.Tensor
	for _, name := range ck.Names() {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		tensors = append(tensors, x)
	}
	var out []checkpoints.TensorWriter
	for _, x := range change(tensors) {
		out = append(out, x.Writer())
	}
	if err := checkpoints.WriteSafetensors(path, out, nil); err != nil {
		t.Fatal(err)
	}
}

// link replaces a file by a link.
func link(t *testing.T, to string, path ...string) {
	t.Helper()
	os.Remove(filepath.Join(path...))
	if err := os.Symlink(to, filepath.Join(path...)); err != nil {
		t.Fatal(err)
	}
}

// A checkpoint that is wrong is told alike by every command that reads it, and
// one that is right in another way than usual is read by all of them.
func TestEveryCommandReadsCheckpointsAlike(t *testing.T) {
	file, _ := idsFile(t)
	beside := checkpoints.Tensor{Name: "v_head.summary.weight", DType: checkpoints.F32, Shape: []int{1}, Data: make([]byte, 4)}
	for name, c := range map[string]struct {
		change func(dir string)
		want   string // of the error
		note   string // what is told where it works
	}{
		"as it is":    {change: func(string) {}},
		"whole 3.0":   {change: func(dir string) { setConfig(t, dir, "num_layers", json.RawMessage("3.0")) }},
		"list of eos": {change: func(dir string) { setConfig(t, dir, "eos_token_id", []int{2, 15}) }},
		"float64": {change: func(dir string) {
			rewrite(t, dir, func(tensors []checkpoints.Tensor) []checkpoints.Tensor {
				for i, x := range tensors {
					tensors[i], _ = x.As(checkpoints.F64)
				}
				return tensors
			})
		}},
		"value head": {change: func(dir string) {
			rewrite(t, dir, func(tensors []checkpoints.Tensor) []checkpoints.Tensor { return append(tensors, beside) })
		}, note: "left out 1 tensors that are no weights of XGLM: v_head.summary.weight"},
		"8-bit": {change: func(dir string) {
			rewrite(t, dir, func(tensors []checkpoints.Tensor) []checkpoints.Tensor {
				for i, x := range tensors {
					tensors[i].DType, tensors[i].Data = checkpoints.I8, make([]byte, x.Elements())
				}
				return tensors
			})
		}, want: "embed_tokens.weight is I8"},
		"a layer more":   {change: func(dir string) { setConfig(t, dir, "num_layers", 1) }, want: "unexpected model.layers.1."},
		"a layer less":   {change: func(dir string) { setConfig(t, dir, "num_layers", 4) }, want: "missing model.layers.3."},
		"no layer":       {change: func(dir string) { setConfig(t, dir, "num_layers", 0) }, want: "num_layers is 0: expected a whole number from 1 to 1024"},
		"million layers": {change: func(dir string) { setConfig(t, dir, "num_layers", 16<<20) }, want: "num_layers is 16777216: expected"},
		"positions":      {change: func(dir string) { setConfig(t, dir, "max_position_embeddings", 1<<60) }, want: "max_position_embeddings is 1152921504606846976: expected"},
		"config to none": {change: func(dir string) { link(t, "nowhere", dir, "config.json") }, want: "config.json is a link to nowhere"},
		"config loop":    {change: func(dir string) { link(t, "config.json", dir, "config.json") }, want: "too many levels of symbolic links"},
		"config device":  {change: func(dir string) { link(t, "/dev/zero", dir, "config.json") }, want: "config.json is a device"},
		"config page":    {change: func(dir string) { writeFile(t, dir, "config.json", "<!DOCTYPE html>") }, want: "config.json: a web page, not JSON"},
		"weights device": {change: func(dir string) { link(t, "/dev/zero", dir, "model.safetensors") }, want: "model.safetensors is a device"},
		"weights to none": {change: func(dir string) {
			link(t, "nowhere", dir, "model.safetensors")
			writeFile(t, dir, "pytorch_model.bin", "not looked at")
		}, want: "model.safetensors is a link to nowhere"},
		"generation": {change: func(dir string) { writeFile(t, dir, "generation_config.json", `{"eos_token_id": "2"}`) }, want: "generation_config.json: eos_token_id is a string"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := tinyCopy(t)
			c.change(dir)
			scratch := t.TempDir()
			for _, args := range [][]string{
				{"inspect", dir},
				{"convert", dir, filepath.Join(scratch, "converted")},
				{"embed", "--checkpoint", dir, "--ids", file, "--out", filepath.Join(scratch, "out.safetensors")},
				{"score", "--checkpoint", dir, "--ids", file},
				{"generate", "--checkpoint", dir, "--ids", file, "--max-new-tokens", "2"},
			} {
				stdout, stderr, status := invoke(t, args...)
				switch {
				case c.want == "" && (status != 0 || c.note != "" && args[0] != "convert" && !strings.Contains(stdout+stderr, c.note)):
					t.Errorf("%s: status %d: %s%s", args[0], status, stdout, stderr)
				case c.want != "" && (status != userError || !strings.Contains(stderr, c.want) || strings.Count(stderr, "\n") != 1):
					t.Errorf("%s: status %d: %swant %q", args[0], status, stderr, c.want)
				}
			}
		})
	}
}

// Ids that a model has no row for are the user's error, whoever made them.
func TestIDsOutsideTheVocabulary(t *testing.T) {
	dir := tinyCopy(t)
	texts := writeFile(t, t.TempDir(), "texts.txt", "the cat sleeps\n")
	ids := writeFile(t, t.TempDir(), "ids.jsonl", `{"input_ids": [2, 4000000]}`+"\n")
	for _, command := range []string{"embed", "score", "generate"} {
		for from, want := range map[string]string{"--text=" + texts: "the tokenizer has", "--ids=" + ids: "token id 4000000 is outside the vocabulary"} {
			args := []string{command, "--checkpoint", dir, from}
			if command == "embed" {
				args = append(args, "--out", filepath.Join(t.TempDir(), "out.safetensors"))
			}
			if _, stderr, status := invoke(t, args...); status != userError || !strings.Contains(stderr, want) {
				t.Errorf("%q: status %d: %s", args, status, stderr)
			}
		}
	}
	for _, method := range []string{"head", "full", "prompt"} {
		data := workshop(t)
		_, stderr, status := invoke(t, "train", "--checkpoint", dir, "--task", "udpos", "--method", method, "--data", data, "--out", filepath.Join(data, "run"))
		if status != userError || !strings.Contains(stderr, "they do not belong together") {
			t.Errorf("train --method %s: status %d: %s", method, status, stderr)
		}
	}
}

// A row ends at each of the tokens that the checkpoint says, as in HuggingFace.
func TestGenerateStopsAsTheCheckpointSays(t *testing.T) {
	dir := tinyCopy(t)
	file, rows := idsFile(t)
	generate := func() (answers [][]int) {
		out := mustXPT(t, "generate", "--checkpoint", dir, "--ids", file, "--max-new-tokens", "4", "--json")
		for line := range strings.Lines(out) {
			var answer struct {
				IDs []int `json:"output_ids"`
			}
			if err := json.Unmarshal([]byte(line), &answer); err != nil {
				t.Fatal(err)
			}
			answers = append(answers, answer.IDs)
		}
		return answers
	}
	setConfig(t, dir, "eos_token_id", nil)
	whole := generate()
	if len(whole) != len(rows) || len(whole[0]) != 4 {
		t.Fatalf("generated %v", whole)
	}
	last := whole[0][1]
	for name, set := range map[string]func(){
		"config.json": func() { setConfig(t, dir, "eos_token_id", []int{2, last}) },
		"generation_config.json": func() {
			setConfig(t, dir, "eos_token_id", 2)
			writeFile(t, dir, "generation_config.json", `{"eos_token_id": [2, `+jsonOf(t, last)+`]}`)
		},
	} {
		os.Remove(filepath.Join(dir, "generation_config.json"))
		set()
		if got := generate(); len(got[0]) > 2 {
			t.Errorf("%s: generated %v of %v", name, got[0], whole[0])
		}
	}
	writeFile(t, dir, "generation_config.json", `{}`)
	setConfig(t, dir, "eos_token_id", last)
	if got := generate(); len(got[0]) != 4 {
		t.Errorf("a generation_config.json without eos_token_id: generated %v", got[0])
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Weights that are no numbers are told by name once a result is none.
func TestWeightsThatAreNoNumbers(t *testing.T) {
	const broken = "model.layers.1.fc2.weight"
	spoil := func(dir string) {
		rewrite(t, dir, func(tensors []checkpoints.Tensor) []checkpoints.Tensor {
			for i, x := range tensors {
				if x.Name == broken {
					tensors[i].Data = slices.Clone(x.Data)
					binary.LittleEndian.PutUint32(tensors[i].Data[40:], math.Float32bits(float32(math.NaN())))
				}
			}
			return tensors
		})
	}
	dir := tinyCopy(t)
	spoil(dir)
	file, _ := idsFile(t)
	data := workshop(t)
	trained := filepath.Join(data, "run")
	mustXPT(t, "train", "--checkpoint", filepath.Join(data, "checkpoint"), "--task", "udpos", "--method", "full", "--data", data, "--epochs", "1", "--out", trained)
	best := filepath.Join(trained, "best")
	if err := os.Mkdir(best, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(trained, "best.safetensors"), filepath.Join(best, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	spoil(best)
	if err := os.Rename(filepath.Join(best, "model.safetensors"), filepath.Join(trained, "best.safetensors")); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(trained, "run.json") // of an earlier xpt: a fingerprint would tell before
	text, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, bytes.Replace(text, []byte(`"best_file"`), []byte(`"no_file"`), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	spoiled := workshop(t)
	spoil(filepath.Join(spoiled, "checkpoint"))
	for _, args := range [][]string{
		{"embed", "--checkpoint", dir, "--ids", file, "--out", filepath.Join(t.TempDir(), "out.safetensors")},
		{"score", "--checkpoint", dir, "--ids", file},
		{"generate", "--checkpoint", dir, "--ids", file, "--max-new-tokens", "2"},
		{"generate", "--checkpoint", dir, "--ids", file, "--max-new-tokens", "2", "--temperature", "1"},
		{"train", "--checkpoint", filepath.Join(spoiled, "checkpoint"), "--task", "udpos", "--method", "prompt", "--data", spoiled, "--out", filepath.Join(spoiled, "run")},
		{"eval", trained, "--data", data},
		{"predict", trained, "--text", writeFile(t, data, "words.txt", "the cat sleeps\n")},
	} {
		if _, stderr, status := invoke(t, args...); status != userError || !strings.Contains(stderr, "the weight "+broken+" holds NaN or infinite values") {
			t.Errorf("%s: status %d: %s", args[0], status, stderr)
		}
	}
}
