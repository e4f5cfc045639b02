package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt"
)

// A text's log-probabilities are those of its ids, and a continuation's are the
// last of the whole.
func TestScoreText(t *testing.T) {
	dir := workshop(t)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	score := func(args ...string) (out []scored) {
		stdout := mustXPT(t, append([]string{"score", "--checkpoint", filepath.Join(dir, "checkpoint"), "--dtype", "float32", "--json"}, args...)...)
		for dec := json.NewDecoder(strings.NewReader(stdout)); dec.More(); {
			var s scored
			if err := dec.Decode(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return out
	}
	whole := score("--text", write("whole.txt", "the cat sleeps\n\nthe dog eats a cat\n"))
	if len(whole) != 3 || whole[1].ID != "2" || len(whole[1].LogProbs) != 0 || len(whole[0].LogProbs) < 3 {
		t.Fatalf("%+v", whole)
	}
	rest := score("--prefixed", "--text", write("parts.txt", "the cat\t sleeps\nthe dog \teats a cat\n"))
	for i, w := range []scored{whole[0], whole[2]} {
		n := len(rest[i].LogProbs)
		if n == 0 || n >= len(w.LogProbs) {
			t.Fatalf("%d of %d tokens are the continuation's", n, len(w.LogProbs))
		}
		near(t, "continuation", rest[i].LogProbs, w.LogProbs[len(w.LogProbs)-n:])
	}
	if _, stderr, status := invoke(t, "score", "--checkpoint", filepath.Join(dir, "checkpoint"), "--prefixed", "--text", write("none.txt", "no tab\n")); status != 1 || !strings.Contains(stderr, "none.txt:1: no TAB") {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestScoreTemplate(t *testing.T) {
	checkpoint := filepath.Join(workshop(t), "checkpoint")
	data := "../../testdata/datasets/xtreme"
	stdout := mustXPT(t, "score", "--checkpoint", checkpoint, "--dtype", "float32", "--template", "xnli", "--data", data, "--split", "dev", "--json")
	var languages []string
	for dec := json.NewDecoder(strings.NewReader(stdout)); dec.More(); {
		var z xpt.ZeroShotResult
		if err := dec.Decode(&z); err != nil {
			t.Fatal(err)
		}
		if z.Examples == 0 || z.Acc < 0 || z.Acc > 1 || math.Mod(z.Acc*float64(z.Examples), 1) > 1e-9 {
			t.Errorf("%+v", z)
		}
		languages = append(languages, z.Language)
	}
	if got := strings.Join(languages, " "); got != "en de" {
		t.Errorf("languages %s in\n%s", got, stdout)
	}
	limited := mustXPT(t, "score", "--checkpoint", checkpoint, "--template", "xnli", "--data", data, "--split", "dev", "--languages", "en", "--limit", "1", "--seed", "3")
	if !strings.Contains(limited, "xnli dev, zero-shot, at most 1 examples of a language, drawn by seed 3\n") {
		t.Errorf("a limit is told as\n%s", limited)
	}
	for want, args := range map[string][]string{
		"name the folder of the data":   {"--template", "xnli"},
		"not one of xnli, pawsx, xcopa": {"--template", "udpos", "--data", data},
		"six are wanted":                {"--template", "xnli", "--data", data, "--split", "dev", "--words", "yes,no"},
		"goes without --ids":            {"--template", "xnli", "--data", data, "--perplexity"},
	} {
		_, stderr, status := invoke(t, append([]string{"score", "--checkpoint", checkpoint}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d: %s, want one line with %q", args, status, stderr, want)
		}
	}
}

// An empty text is a text too: its line has the continuation's.
func TestGenerateAnswersEveryTextWithText(t *testing.T) {
	dir := workshop(t)
	file := filepath.Join(dir, "texts.txt")
	if err := os.WriteFile(file, []byte("the cat\n\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	stdout := mustXPT(t, "generate", "--checkpoint", filepath.Join(dir, "checkpoint"), "--dtype", "float32", "--text", file, "--max-new-tokens", "3", "--json")
	if strings.Count(stdout, `"text":`) != 2 {
		t.Errorf("two texts are answered with\n%s", stdout)
	}
}

// Row by row as tokens come, or in batches, the text is the same; drawing
// depends on the seed.
func TestGenerateText(t *testing.T) {
	dir := workshop(t)
	file := filepath.Join(dir, "texts.txt")
	if err := os.WriteFile(file, []byte("the cat\na dog eats the cat\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	generate := func(args ...string) string {
		return mustXPT(t, append([]string{"generate", "--checkpoint", filepath.Join(dir, "checkpoint"), "--dtype", "float32", "--text", file, "--max-new-tokens", "6", "--ignore-eos"}, args...)...)
	}
	streamed, together := generate("--batch", "1"), generate()
	if streamed != together || strings.Count(streamed, "\n") != 2 || !strings.HasPrefix(streamed, "the cat") {
		t.Errorf("streamed:\n%sin a batch:\n%s", streamed, together)
	}
	drawn := generate("--temperature", "2", "--top-k", "50", "--top-p", "0.95", "--seed", "5")
	if again := generate("--temperature", "2", "--top-k", "50", "--top-p", "0.95", "--seed", "5", "--batch", "1"); drawn != again {
		t.Errorf("one seed drew\n%sand\n%s", drawn, again)
	}
	if other := generate("--temperature", "2", "--top-k", "50", "--top-p", "0.95", "--seed", "6"); drawn == other {
		t.Errorf("two seeds drew the same:\n%s", drawn)
	}
	for _, cut := range [][]string{{"--top-k", "1"}, {"--top-p", "1e-9"}} {
		if best := generate(append(cut, "--temperature", "2", "--seed", "5")...); best != together {
			t.Errorf("%v leaves more than the best token:\n%s", cut, best)
		}
	}
	for want, args := range map[string][]string{
		"--stop: \"nowhere\"": {"--stop", "nowhere"},
		"need a temperature":  {"--top-k", "5"},
		"flag --max-new-tokens: expected a whole number, at least 1": {"--max-new-tokens", "0"},
		"one of them":           {"--ids", file},
		"--checkpoint is empty": {"--checkpoint", ""},
	} {
		_, stderr, status := invoke(t, append([]string{"generate", "--checkpoint", filepath.Join(dir, "checkpoint"), "--text", file}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%v: status %d: %s, want %q", args, status, stderr, want)
		}
	}
}

// A run serves as an adapter, and so does what convert makes of it.
func TestRunsAsAdapters(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("texts.txt"), []byte("the cat sleeps\na dog\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"prefix", "prompt", "lora", "bitfit", "full", "head"} {
		mustXPT(t, "train", "--method", method, "--out", at(method), "--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32", "--epochs", "1", "--warm-up", "0", "--learning-rate", "0.01")
	}
	mustXPT(t, "convert", at("prefix"), at("peft"), "--to", "peft")
	mustXPT(t, "convert", at("full"), at("hf"), "--to", "hf")
	mustXPT(t, "convert", at("lora"), at("lora-peft"), "--to", "peft")
	mustXPT(t, "convert", at("lora"), at("lora-hf"), "--to", "hf")
	mustXPT(t, "convert", at("bitfit"), at("bitfit-hf"), "--to", "hf")
	embed := func(args ...string) []float32 {
		out := filepath.Join(t.TempDir(), "out.safetensors")
		mustXPT(t, append([]string{"embed", "--text", at("texts.txt"), "--dtype", "float32", "--out", out}, args...)...)
		return floats(t, openFile(t, out), "1.hidden")
	}
	bare := embed("--checkpoint", at("checkpoint"))
	near(t, "prefix", embed("--checkpoint", at("checkpoint"), "--adapter", at("peft")), embed("--adapter", at("prefix")))
	near(t, "lora", embed("--checkpoint", at("checkpoint"), "--adapter", at("lora-peft")), embed("--adapter", at("lora")))
	near(t, "merged lora", embed("--checkpoint", at("lora-hf")), embed("--adapter", at("lora")))
	near(t, "merged bitfit", embed("--checkpoint", at("bitfit-hf")), embed("--adapter", at("bitfit")))
	near(t, "full", embed("--checkpoint", at("hf"), "--tokenizer", at("checkpoint")), embed("--adapter", at("full")))
	near(t, "head", embed("--adapter", at("head")), bare)
	for _, method := range []string{"prefix", "prompt", "lora", "bitfit", "full"} {
		if got := embed("--adapter", at(method)); got[0] == bare[0] {
			t.Errorf("%s changes nothing", method)
		}
	}
	if _, stderr, status := invoke(t, "embed", "--text", at("texts.txt"), "--checkpoint", at("hf"), "--tokenizer", at("checkpoint"), "--adapter", at("prefix"), "--out", at("x")); status != 1 || !strings.Contains(stderr, "other weights") {
		t.Errorf("a run on another checkpoint: status %d: %s", status, stderr)
	}
	if _, stderr, status := invoke(t, "embed", "--text", at("texts.txt"), "--checkpoint", at("checkpoint"), "--adapter", at("udpos"), "--out", at("x")); status != 1 || !strings.Contains(stderr, "PEFT adapter") {
		t.Errorf("no adapter: status %d: %s", status, stderr)
	}
}

// Text that is not UTF-8 is read, but not in silence.
func TestTextThatIsNotUTF8(t *testing.T) {
	dir := workshop(t)
	checkpoint, run := filepath.Join(dir, "checkpoint"), filepath.Join(dir, "run")
	mustXPT(t, "train", "--method", "head", "--out", run, "--checkpoint", checkpoint, "--task", "udpos", "--data", dir, "--epochs", "1", "--dtype", "float32")
	file := writeFile(t, dir, "latin-1.txt", "a\ncaf\xe9\n\xe9\n")
	for _, args := range [][]string{
		{"score", "--checkpoint", checkpoint, "--dtype", "float32", "--text", file},
		{"tokenize", "--tokenizer", checkpoint, "--rule", "spm", file},
		{"predict", "--dtype", "float32", "--text", file, run},
	} {
		_, stderr, status := invoke(t, args...)
		if want := "xpt: " + file + ":2: not UTF-8, and read as U+FFFD: save the text as UTF-8\n"; status != 0 || stderr != want {
			t.Errorf("%s: status %d, %q, want %q", args[0], status, stderr, want)
		}
	}
}

// Rows of one token have none to score.
func TestNothingToScore(t *testing.T) {
	dir := workshop(t)
	file := writeFile(t, dir, "empty.txt", "\n\n")
	score := func(args ...string) string {
		return mustXPT(t, append([]string{"score", "--checkpoint", filepath.Join(dir, "checkpoint"), "--dtype", "float32", "--perplexity", "--text", file}, args...)...)
	}
	if got := score(); got != "2 rows, 0 tokens: nothing is scored, since a row's first token is given\n" {
		t.Errorf("%q", got)
	}
	if got := score("--json"); strings.Contains(got, "perplexity") {
		t.Errorf("%q", got)
	}
}
