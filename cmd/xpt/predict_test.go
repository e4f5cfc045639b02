package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Labels for text from a file are those that xpt eval gives the same text.
func TestPredictAgreesWithEval(t *testing.T) {
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	pairs := "A dog sleeps.\tAn animal sleeps.\tentailment\nThe cat eats.\tThe man is old.\tneutral\nThe house is big.\tThe house is small.\tcontradiction\n"
	for _, split := range []string{"train", "dev", "test"} {
		write("xnli/"+split+"-en.tsv", pairs)
	}
	must := func(args ...string) string {
		t.Helper()
		stdout, stderr, status := invoke(t, append(args, "--dtype", "float32")...)
		if status != 0 {
			t.Fatalf("%v: status %d: %s", args, status, stderr)
		}
		return stdout
	}
	for _, task := range []string{"udpos", "xnli"} {
		must("train", "--method", "prefix", "--out", at("run-"+task), "--checkpoint", at("checkpoint"), "--task", task, "--data", dir, "--epochs", "3", "--batch-size", "2")
		must("eval", at("run-"+task), "--data", dir, "--predictions", at("predictions"))
	}

	want := lines(t, at("predictions/run-udpos/test-de.tsv"))
	write("words.txt", "der Hund schläft\n\ndie Katze")
	got := strings.Split(must("predict", at("run-udpos"), "--text", at("words.txt")), "\n")
	if len(got) != 4 || got[0] != "der/"+want[0]+" Hund/"+want[1]+" schläft/"+want[2] || got[1] != "" || got[2] != "die/"+want[4]+" Katze/"+want[5] {
		t.Errorf("tags %q, want those of %q", got, want)
	}
	write("escapes.jsonl", `["\u001b[31mder","Hu\nnd"]`)
	if got := must("predict", at("run-udpos"), "--text", at("escapes.jsonl"), "--input-format", "json"); !strings.HasPrefix(got, `\x1b[31mder/`) || !strings.Contains(got, ` Hu\x0and/`) || strings.Count(got, "\n") != 1 {
		t.Errorf("words with control characters: %q", got)
	}
	write("words.jsonl", `["der","Hund","schläft"]`)
	var answer tagged
	if err := json.Unmarshal([]byte(must("predict", at("run-udpos"), "--text", at("words.jsonl"), "--input-format", "json", "--json")), &answer); err != nil {
		t.Fatal(err)
	}
	for i, tag := range answer.Tags {
		sum := 0.0
		for _, p := range answer.Scores[i] {
			sum += p
			if p > answer.Scores[i][tag] {
				t.Errorf("word %d is %s, and not the likeliest label of %v", i, tag, answer.Scores[i])
			}
		}
		if tag != want[i] || math.Abs(sum-1) > 1e-5 || len(answer.Scores[i]) != 17 {
			t.Errorf("word %d: %s with scores of sum %v, want %s", i, tag, sum, want[i])
		}
	}

	want = lines(t, at("predictions/run-xnli/test-en.tsv"))
	write("pairs.txt", strings.NewReplacer("\tentailment", "", "\tneutral", "", "\tcontradiction", "").Replace(pairs))
	if got := strings.Split(strings.TrimSpace(must("predict", "--text", at("pairs.txt"), at("run-xnli"))), "\n"); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("labels %q, want %q", got, want)
	}
	write("one.txt", "A pair\tof two\nOnly one\n")
	write("null.jsonl", "[\"a\", null]\n")
	write("words.txt", "a b\n"+strings.Repeat("a ", 100_000)+"\n")
	write("tokens.txt", "a b\n"+strings.Repeat("incomprehensibilities ", 10_000)+"\n")
	write("half.jsonl", `"a\ud83d"`+"\n")
	for want, args := range map[string][]string{
		`half.jsonl:1: \ud83d is half a character`:         {at("run-xnli"), "--text", at("half.jsonl"), "--input-format", "json"},
		"words.txt:2: a sentence of 100000 words":          {at("run-udpos"), "--text", at("words.txt")},
		"tokens.txt:2: a sentence of ":                     {at("run-udpos"), "--text", at("tokens.txt")},
		"one.txt:2: 1 texts: task xnli takes 2":            {at("run-xnli"), "--text", at("one.txt")},
		"one.txt:1: expected a JSON string":                {at("run-xnli"), "--text", at("one.txt"), "--input-format", "json"},
		"one.txt:1: not a JSON list of words":              {at("run-udpos"), "--text", at("one.txt"), "--input-format", "json"},
		"null.jsonl:1: expected a JSON string":             {at("run-xnli"), "--text", at("null.jsonl"), "--input-format", "json"},
		"null.jsonl:1: word 2 of the JSON list is null":    {at("run-udpos"), "--text", at("null.jsonl"), "--input-format", "json"},
		"usage: xpt predict [flags] RUN":                   {"--text", at("one.txt")},
		"is no run folder":                                 {at("xnli"), "--text", at("one.txt")},
		"--input-format: \"csv\" is neither text nor json": {at("run-xnli"), "--text", at("one.txt"), "--input-format", "csv"},
	} {
		_, stderr, status := invoke(t, append([]string{"predict", "--dtype", "float32"}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, error %q, want one line with %q", status, stderr, want)
		}
	}
}

func lines(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimRight(string(b), "\n"), "\n")
}
