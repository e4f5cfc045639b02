package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt"
	"xpt/checkpoints"
	"xpt/internal/train"
	"xpt/xglm"
)

// invoke runs a command line and returns what it printed and its exit status.
func invoke(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(context.Background(), append([]string{"xpt"}, args...), &out, &err)
	return out.String(), err.String(), status
}

// workshop is a folder with a checkpoint of random weights and tagged data in
// two languages.
func workshop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	c := xglm.DefaultConfig()
	c.VocabSize, c.DModel, c.FFNDim, c.NumLayers, c.AttentionHeads, c.InitStd = 4096, 16, 32, 2, 2, 0.2
	if err := xglm.WriteRandom(t.Context(), filepath.Join(dir, "checkpoint"), c, 1, checkpoints.F32); err != nil {
		t.Fatal(err)
	}
	tokenizer, err := os.ReadFile("../../testdata/mini/checkpoint/sentencepiece.bpe.model")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"checkpoint/sentencepiece.bpe.model": string(tokenizer),
		"udpos/train-en.tsv":                 "the\tDET\ncat\tNOUN\nsleeps\tVERB\n.\tPUNCT\n\na\tDET\ndog\tNOUN\neats\tVERB\n",
		"udpos/dev-en.tsv":                   "a\tDET\ncat\tNOUN\neats\tVERB\n",
		"udpos/test-en.tsv":                  "the\tDET\ndog\tNOUN\nsleeps\tVERB\n",
		"udpos/test-de.tsv":                  "der\tDET\nHund\tNOUN\nschläft\tVERB\n\ndie\tDET\nKatze\tNOUN\n",
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Where the warm-up is all of a training, as of a few shots in one epoch, its rate is 0 throughout, and a line says so.
func TestAnOnlyStepOfWarmUpIsToldOf(t *testing.T) {
	dir := workshop(t)
	for warmUp, told := range map[string]bool{"0.06": true, "0": false} {
		_, stderr, status := invoke(t, "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir,
			"--dtype", "float32", "--epochs", "1", "--warm-up", warmUp, "--out", filepath.Join(dir, warmUp))
		if status != 0 || strings.Contains(stderr, "nothing is trained: give more --epochs") != told {
			t.Errorf("--warm-up %s: status %d: %s", warmUp, status, stderr)
		}
	}
}

// From a checkpoint and English data to a table over languages, to predictions
// and to an adapter.
func TestTrainAndEval(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	common := []string{"--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32", "--epochs", "2", "--batch-size", "2"}
	for _, method := range []string{"prefix", "full"} {
		_, stderr, status := invoke(t, append([]string{"train", "--method", method, "--out", at(method)}, common...)...)
		if status != 0 {
			t.Fatalf("train --method %s: status %d: %s", method, status, stderr)
		}
	}
	stdout, stderr, status := invoke(t, "eval", at("prefix"), at("full"), "--data", dir, "--dtype", "float32", "--predictions", at("predictions"))
	if status != 0 || !strings.Contains(stdout, "udpos test, F1 in percent") || !strings.Contains(stdout, "prefix") || !strings.Contains(stdout, "\nde ") {
		t.Errorf("eval: status %d: %s%s", status, stdout, stderr)
	}
	tags, err := os.ReadFile(at("predictions/prefix/test-de.tsv"))
	if err != nil || len(strings.Split(strings.TrimSpace(string(tags)), "\n")) != 6 {
		t.Errorf("predictions: %q, %v", tags, err)
	}
	for _, want := range []string{"test split of " + dir + "\n", "  udpos/test-de.tsv\n", "prefix: prefix of " + at("checkpoint") + ", trained on en with seed 0; scored in float32 on cpu"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("eval lacks %q: %s", want, stdout)
		}
	}
	stdout, _, status = invoke(t, "eval", at("full"), "--data", dir, "--split", "dev", "--dtype", "float32")
	if status != 0 || !strings.Contains(stdout, "; * en chose the state: not held out") {
		t.Errorf("eval of the dev set that chose the state: %d, %s", status, stdout)
	}
	stdout, _, status = invoke(t, "eval", at("full"), "--data", dir, "--languages", "de", "--json", "--dtype", "float32")
	var results []xpt.RunResult
	if err := json.Unmarshal([]byte(stdout), &results); err != nil || status != 0 {
		t.Fatalf("eval --json: status %d, %v: %s", status, err, stdout)
	}
	if l := results[0].Languages; len(l) != 1 || l[0].Code != "de" || l[0].Examples != 2 || results[0].Record.Counts.Share() != 1 {
		t.Errorf("results = %+v", results)
	}
}

func TestTrainErrorsAreOneLine(t *testing.T) {
	dir := workshop(t)
	common := []string{"train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32"}
	empty, silent := t.TempDir(), t.TempDir()
	config, err := os.ReadFile(filepath.Join(dir, "checkpoint", "config.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(silent, "config.json"), config, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"--method \"ia3\": use full":      append([]string{"--method", "ia3", "--out", filepath.Join(dir, "x")}, common[1:]...),
		"no train split":                  append([]string{"--method", "head", "--language", "de", "--out", filepath.Join(dir, "x")}, common[1:]...),
		"is not empty":                    append([]string{"--method", "head", "--out", dir}, common[1:]...),
		"no config.json there":            {"--checkpoint", empty, "--method", "head", "--task", "udpos", "--data", dir, "--out", filepath.Join(dir, "x")},
		"neither sentencepiece.bpe.model": {"--checkpoint", silent, "--method", "head", "--task", "udpos", "--data", dir, "--out", filepath.Join(dir, "x")},
		"is no run folder":                {"--resume", "--out", filepath.Join(dir, "udpos")},
		"unknown flag --rate (did you mean --learning-rate?)": {"--rate", "1"},
		"--device: unknown device":                            append([]string{"--method", "head", "--device", "tpu", "--out", filepath.Join(dir, "x")}, common[1:]...),
		"train: unexpected \"leftover\"":                      append([]string{"leftover", "--method", "head", "--out", filepath.Join(dir, "x")}, common[1:]...),
	} {
		_, stderr, status := invoke(t, append([]string{"train"}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, error %q, want one line with %q", status, stderr, want)
		}
	}
}

// What training does not do as asked, or does to the data, is told.
func TestTrainWarns(t *testing.T) {
	dir := workshop(t)
	path := filepath.Join(dir, "checkpoint", "config.json")
	config, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(config, []byte(`"layerdrop": 0`), []byte(`"layerdrop": 0.2`), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "udpos", "dev-en.tsv"), []byte("a\tDET\ncat\tNOUN\neats\tVERB\n.\tPUNCT\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, stderr, status := invoke(t, "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32",
		"--method", "head", "--epochs", "1", "--max-length", "4", "--out", filepath.Join(dir, "run"))
	if status != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []string{"train: 1 of 2 examples are longer", "train-en.tsv:1", "dev: 1 of 1", "dev-en.tsv:1", "layerdrop 0.2"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("%q is not in what is told:\n%s", want, stderr)
		}
	}
}

func TestResumeTakesTheRunsSettings(t *testing.T) {
	dir := workshop(t)
	out := filepath.Join(dir, "run")
	args := []string{"xpt", "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32",
		"--method", "prefix", "--batch-size", "1", "--epochs", "3", "--out", out}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // before the first step: as early as a run can be cut
	var stdout, stderr bytes.Buffer
	if status := run(ctx, args, &stdout, &stderr); status != 2 {
		t.Fatalf("a run that is stopped: status %d: %s", status, stderr.String())
	}
	if _, message, status := invoke(t, "train", "--resume", "--out", out, "--learning-rate", "0.5"); status != 1 || message != "xpt: --resume: --learning-rate is 0.5, and was 0.01; leave out what differs from how the run was started\n" {
		t.Errorf("other settings: status %d: %s", status, message)
	}
	record, err := train.ReadRecord(out)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, "run.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), fmt.Sprintf(`"threads": %d`, record.Threads), `"threads": 100000`, 1)
	if err := os.WriteFile(path, []byte(other), 0o666); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("number of threads is %d, and the run was started with 100000", record.Threads)
	if _, message, status := invoke(t, "train", "--resume", "--out", out); status != 0 || !strings.Contains(message, want) {
		t.Fatalf("resume: status %d: %s", status, message)
	}
	record, err = train.ReadRecord(out)
	if err != nil || !record.Finished || record.Options.BatchSize != 1 || record.DType != "float32" {
		t.Errorf("record = %+v, %v", record, err)
	}
}
