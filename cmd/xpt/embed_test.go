package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"xpt"
	"xpt/checkpoints"
	"xpt/xglm"
)

// tiny is a fixture that HuggingFace computed with (testdata/xglm/make.py).
const tiny = "../../testdata/xglm/gelu"

func mustXPT(t *testing.T, args ...string) string {
	t.Helper()
	stdout, stderr, status := invoke(t, args...)
	if status != 0 {
		t.Fatalf("xpt %v: status %d: %s", args, status, stderr)
	}
	return stdout
}

func openFile(t *testing.T, path string) *checkpoints.Checkpoint {
	t.Helper()
	ck, err := checkpoints.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ck.Close() })
	return ck
}

func floats(t *testing.T, ck *checkpoints.Checkpoint, name string) []float32 {
	t.Helper()
	x, err := ck.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return checkpoints.Float32s(x)
}

func ints(t *testing.T, ck *checkpoints.Checkpoint, name string) []int {
	t.Helper()
	x, err := ck.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]int, x.Elements())
	for i := range out {
		out[i] = int(x.Data[8*i])
	}
	return out
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	var off, scale float64
	for i := range want {
		off = max(off, math.Abs(float64(got[i]-want[i])))
		scale = max(scale, math.Abs(float64(want[i])))
	}
	if !(off <= 1e-5*scale) {
		t.Errorf("%s: off by %.2g of %.3g", what, off, scale)
	}
}

// idsFile writes the fixture's rows as a file for --ids.
func idsFile(t *testing.T) (file string, rows [][]int) {
	t.Helper()
	expected := openFile(t, tiny+"/expected.safetensors")
	var lines bytes.Buffer
	for i := range 4 {
		row := ints(t, expected, fmt.Sprintf("rows.%d", i))
		rows = append(rows, row)
		if err := json.NewEncoder(&lines).Encode(map[string]any{"id": fmt.Sprintf("r%d", i), "input_ids": row}); err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(t.TempDir(), "ids.jsonl")
	if err := os.WriteFile(file, lines.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return file, rows
}

func TestEmbedEqualsHF(t *testing.T) {
	file, _ := idsFile(t)
	expected, paths := openFile(t, tiny+"/expected.safetensors"), openFile(t, tiny+"/paths.safetensors")
	embed := func(args ...string) *checkpoints.Checkpoint {
		out := filepath.Join(t.TempDir(), "out.safetensors")
		mustXPT(t, append([]string{"embed", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--out", out}, args...)...)
		return openFile(t, out)
	}
	all := embed("--layers", "all", "--logits")
	left := embed("--layers", "all", "--pad", "left")
	byMask := embed("--pad", "left", "--positions", "mask")
	right := embed("--pad", "right")
	for i := range 4 {
		for k := range 4 {
			name := fmt.Sprintf("hidden.%d", k)
			near(t, name, floats(t, all, fmt.Sprintf("r%d.%s", i, name)), floats(t, expected, fmt.Sprintf("rows.%d.%s", i, name)))
			near(t, "left "+name, floats(t, left, fmt.Sprintf("r%d.%s", i, name)), floats(t, paths, fmt.Sprintf("left.arange.%d.%s", i, name)))
		}
		near(t, "logits", floats(t, all, fmt.Sprintf("r%d.logits", i)), floats(t, expected, fmt.Sprintf("rows.%d.logits", i)))
		near(t, "left by mask", floats(t, byMask, fmt.Sprintf("r%d.hidden", i)), floats(t, paths, fmt.Sprintf("left.mask.%d.hidden", i)))
		near(t, "right", floats(t, right, fmt.Sprintf("r%d.hidden", i)), floats(t, paths, fmt.Sprintf("right.arange.%d.hidden", i)))
	}
	if names := all.Names(); len(names) != 4*5 {
		t.Errorf("%d tensors, want 20: %v", len(names), names)
	}
	for _, kind := range []string{"prompt", "prefix", "ptuning"} {
		got := embed("--adapter", filepath.Join(tiny, "adapters", kind))
		for i := range 4 {
			near(t, kind, floats(t, got, fmt.Sprintf("r%d.hidden", i)), floats(t, paths, fmt.Sprintf("adapter.%s.%d.hidden", kind, i)))
		}
	}
}

func TestEmbedPools(t *testing.T) {
	file, rows := idsFile(t)
	expected := openFile(t, tiny+"/expected.safetensors")
	for _, flags := range [][]string{{"mean"}, {"last"}, {"mean", "--logits"}, {"last", "--logits"}, {"last", "--layers", "all"}} {
		out, pool := filepath.Join(t.TempDir(), "out.safetensors"), flags[0]
		mustXPT(t, append([]string{"embed", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--out", out, "--pool"}, flags...)...)
		got := openFile(t, out)
		for i, row := range rows {
			hidden := floats(t, expected, fmt.Sprintf("rows.%d.hidden.3", i))
			const d = 32
			want := make([]float32, d)
			for k, v := range hidden {
				if pool == "mean" {
					want[k%d] += v / float32(len(row))
				} else if k >= len(hidden)-d {
					want[k%d] = v
				}
			}
			name := fmt.Sprintf("r%d.hidden", i)
			if slices.Contains(flags, "all") {
				name += ".3"
				first := floats(t, expected, fmt.Sprintf("rows.%d.hidden.0", i))
				near(t, pool+" 0", floats(t, got, fmt.Sprintf("r%d.hidden.0", i)), first[len(first)-d:])
			}
			near(t, pool, floats(t, got, name), want)
			if slices.Contains(flags, "--logits") {
				near(t, "logits", floats(t, got, fmt.Sprintf("r%d.logits", i)), floats(t, expected, fmt.Sprintf("rows.%d.logits", i)))
			}
		}
	}
}

// A mask inside a row hides its columns, whose tensors are zeros.
func TestEmbedMaskedColumns(t *testing.T) {
	_, rows := idsFile(t)
	paths := openFile(t, tiny+"/paths.safetensors")
	head := floats(t, openFile(t, tiny+"/model.safetensors"), "model.embed_tokens.weight") // [104, 32], tied
	mask := ints(t, paths, "hole.mask")
	line, err := json.Marshal(map[string]any{"id": 7, "input_ids": rows[0], "attention_mask": mask})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file, out := filepath.Join(dir, "ids.jsonl"), filepath.Join(dir, "out.safetensors")
	if err := os.WriteFile(file, line, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, rule := range []string{"arange", "mask"} {
		mustXPT(t, "embed", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--positions", rule, "--logits", "--out", out)
		got := openFile(t, out)
		want := floats(t, paths, "hole."+rule+".hidden")
		for i := range want {
			if mask[i/32] == 0 {
				want[i] = 0
			}
		}
		near(t, rule, floats(t, got, "7.hidden"), want)
		var logits []float32
		for state := range slices.Chunk(want, 32) {
			for row := range slices.Chunk(head, 32) {
				var sum float32
				for i := range row {
					sum += row[i] * state[i]
				}
				logits = append(logits, sum)
			}
		}
		near(t, rule+" logits", floats(t, got, "7.logits"), logits)
		os.Remove(out)
	}
}

func TestScoreEqualsHF(t *testing.T) {
	file, _ := idsFile(t)
	paths := openFile(t, tiny+"/paths.safetensors")
	lines := strings.Split(strings.TrimSpace(mustXPT(t, "score", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--json")), "\n")
	var sum float64
	tokens := 0
	for i, line := range lines {
		var got scored
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		want := floats(t, paths, fmt.Sprintf("%d.logprobs", i))
		near(t, line, got.LogProbs, want)
		var own float64
		for _, p := range want {
			own += float64(p)
		}
		if got.ID != fmt.Sprintf("r%d", i) || math.Abs(got.Sum-own) > 1e-4 {
			t.Errorf("row %d: id %s, sum %v, want %v", i, got.ID, got.Sum, own)
		}
		sum += own
		tokens += len(want)
	}
	if len(lines) != 4 {
		t.Errorf("%d lines for 4 rows", len(lines))
	}
	var all xpt.Corpus
	if err := json.Unmarshal([]byte(mustXPT(t, "score", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--perplexity", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	if want := math.Exp(-sum / float64(tokens)); math.Abs(all.Perplexity/want-1) > 1e-4 || all.Tokens != tokens {
		t.Errorf("perplexity %v over %d tokens, want %v over %d", all.Perplexity, all.Tokens, want, tokens)
	}
}

func TestGenerateEqualsHF(t *testing.T) {
	file, _ := idsFile(t)
	paths := openFile(t, tiny+"/paths.safetensors")
	for name, args := range map[string][]string{
		"greedy":  {"--ignore-eos"},
		"penalty": {"--ignore-eos", "--repetition-penalty", "5", "--batch", "3"},
		"stop":    {"--stop", fmt.Sprint(ints(t, paths, "stop")[0])},
	} {
		args = append([]string{"generate", "--checkpoint", tiny, "--ids", file, "--dtype", "float32", "--max-new-tokens", "14", "--json"}, args...)
		for i, line := range strings.Split(strings.TrimSpace(mustXPT(t, args...)), "\n") {
			var got struct {
				ID  string `json:"id"`
				IDs []int  `json:"output_ids"`
			}
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			if want := ints(t, paths, fmt.Sprintf("%s.%d", name, i)); got.ID != fmt.Sprintf("r%d", i) || !slices.Equal(got.IDs, want) {
				t.Errorf("%s: %s, want %v", name, line, want)
			}
		}
	}
}

// What has no room, in a row or in memory, is refused before anything is computed.
func TestGenerateKeepsWithinItsRoom(t *testing.T) {
	ids := writeFile(t, t.TempDir(), "ids.jsonl", `{"id": "a", "input_ids": [2, 3]}`+"\n"+`{"id": "b", "input_ids": [2]}`+"\n")
	most := strconv.Itoa(xglm.MaxTokens)
	for want, args := range map[string][]string{
		"at least 1 and at most " + most:                                {"--max-new-tokens", "16385"},
		"row a: 2 tokens and --max-new-tokens 16384: a row has at most": {"--max-new-tokens", most},
	} {
		_, stderr, status := invoke(t, append([]string{"generate", "--checkpoint", tiny, "--ids", ids}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d: %s, want one line with %q", args, status, stderr, want)
		}
	}
}

func TestRowsAreRefusedWithTheirLine(t *testing.T) {
	for text, want := range map[string]string{
		`{"id": "a", "input_ids": [2, 104]}`:                                    "ids.jsonl:1: token id 104 is outside the vocabulary of 104",
		`{"id": "a", "input_ids": []}`:                                          "ids.jsonl:1: no input_ids",
		`{"id": "a", "input_ids": [2], "attention_mask": [1, 1]}`:               "ids.jsonl:1: an attention_mask of 2 for 1 input_ids",
		`{"id": "a", "input_ids": [2], "attention_mask": [0]}`:                  "none that the attention_mask shows",
		"{\"id\": \"a\", \"input_ids\": [2]}\n{\"id\":\"a\",\"input_ids\":[2]}": `ids.jsonl:2: id "a" was already used in line 1`,
		`{"id": "a", "input_ids": [2, 3], "attention_mask": [1, 7]}`:            "ids.jsonl:1: the attention_mask holds 7: it takes 0 (hidden) and 1 (shown)",
		`{"id": "a", "input_ids": [2, null]}`:                                   "null is no whole number",
		"\xff\xfe{\x00}\x00\n\x00":                                              "ids.jsonl:1: the text is UTF-16",
		`{"input_ids": [2` + strings.Repeat(",3", xglm.MaxTokens) + `]}`:        "ids.jsonl:1: 16385 tokens: a row has at most 16384",
		`[2, 3]`:                               "ids.jsonl:1: not a line {\"id\": ..., \"input_ids\": [...]}: it is an array: expected an object",
		`{"input_ids": "2 3"}`:                 "input_ids is a string: expected an array",
		`{"input_ids": [2.5]}`:                 "input_ids is 2.5: expected a whole number",
		`{"input_ids": [2], "prefix": 1.5}`:    "prefix is 1.5: expected a whole number",
		`{"input_ids": [2], "input_ids": [3]}`: `the key "input_ids" appears twice`,
		`{"id": {"a": 1}, "input_ids": [2]}`:   `the id is {"a": 1}: expected a string or a number`,
		`{"id": true, "input_ids": [2]}`:       "the id is true: expected a string or a number",
		`{"Input_IDs": [2]}`:                   `the key "Input_IDs": write "input_ids"`,
		"plain text":                           "ids.jsonl:1: not a line",
		"":                                     "holds no rows",
	} {
		file := filepath.Join(t.TempDir(), "ids.jsonl")
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, stderr, status := invoke(t, "score", "--checkpoint", tiny, "--ids", file)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: status %d: %s, want one line with %q", text, status, stderr, want)
		}
	}
}
