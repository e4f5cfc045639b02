package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xpt"
	"xpt/datasets"
)

// eightOf gives each split eight sentences that differ.
func eightOf(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "udpos"), 0o777); err != nil {
		t.Fatal(err)
	}
	for split, tag := range map[string]string{"train": "NOUN", "dev": "VERB", "test": "ADJ"} {
		var text strings.Builder
		for i := range 8 {
			fmt.Fprintf(&text, "the\tDET\nnumber%d\t%s\n\n", i, tag)
		}
		if err := os.WriteFile(filepath.Join(dir, "udpos", split+"-en.tsv"), []byte(text.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Limits draw by the seed, and what was drawn stands in the record, in the results and below the table.
func TestLimits(t *testing.T) {
	dir := workshop(t)
	eightOf(t, dir)
	at := func(name string) string { return filepath.Join(dir, name) }
	run := at("run")
	train := []string{"train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--limit", "3", "--dev-limit", "2", "--seed", "5", "--epochs", "1"}
	mustXPT(t, append(train, "--out", run)...)
	record, err := xpt.ReadRecord(run)
	if err != nil || *record.Training != (datasets.Sample{Examples: 3, Of: 8}) || *record.Dev != (datasets.Sample{Examples: 2, Of: 8}) {
		t.Fatalf("recorded %v, %v: %v", record.Training, record.Dev, err)
	}

	eval := []string{"eval", run, "--data", dir, "--languages", "en", "--limit", "4", "--seed", "9"}
	table := mustXPT(t, eval...)
	for _, want := range []string{"en 4 of 8", "at most 4 examples of a language, drawn by seed 9",
		"with seed 5 (3 of 8 training examples and 2 of 8 dev examples, drawn by seed 5)"} {
		if !strings.Contains(strings.Join(strings.Fields(table), " "), want) {
			t.Errorf("the table does not say %q:\n%s", want, table)
		}
	}
	lines := func(seed string) []int {
		t.Helper()
		mustXPT(t, append(eval, "--seed", seed, "--predictions", at("predictions"+seed))...)
		text, err := os.ReadFile(at("predictions" + seed + "/run/test-en.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		var found []int
		for line := range strings.Lines(string(text)) {
			var row struct{ Line int }
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			found = append(found, row.Line)
		}
		return found
	}
	one, other := lines("1"), lines("2")
	if len(one) != 4 || slices.Equal(one, other) || !slices.IsSorted(one) || slices.Equal(one, []int{1, 4, 7, 10}) {
		t.Errorf("scored lines %v by seed 1, %v by seed 2", one, other)
	}
	var results []xpt.RunResult
	if err := json.Unmarshal([]byte(mustXPT(t, append(eval, "--json")...)), &results); err != nil {
		t.Fatal(err)
	}
	if r := results[0]; r.Limit != 4 || r.Seed != 9 || r.Languages[0].Examples != 4 || r.Languages[0].Of != 8 || *r.Record.Training != *record.Training {
		t.Errorf("results %+v", r)
	}

	// What chose the state is marked, also where the run and the evaluation take some of it.
	for _, limit := range []string{"0", "5"} {
		table := mustXPT(t, "eval", run, "--data", dir, "--split", "dev", "--limit", limit)
		if !strings.Contains(table, "* en chose the state: not held out") {
			t.Errorf("the dev split with limit %s is not marked:\n%s", limit, table)
		}
	}
}

// A run whose limit took the first examples does not go on as if they were drawn.
func TestResumeOfAnEarlierLimit(t *testing.T) {
	dir := workshop(t)
	eightOf(t, dir)
	folder := filepath.Join(dir, "run")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run(ctx, []string{"xpt", "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir,
		"--limit", "3", "--out", folder}, io.Discard, io.Discard)
	path := filepath.Join(folder, "run.json")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	earlier := regexp.MustCompile(`(?s)  "(training|dev)_examples": \{.*?\},\n`).ReplaceAll(text, nil)
	if err := os.WriteFile(path, earlier, 0o666); err != nil {
		t.Fatal(err)
	}
	want := "xpt: " + folder + " was begun by an xpt whose --limit took the first 3 examples, and this one draws them by --seed: train it anew\n"
	if _, stderr, status := invoke(t, "train", "--resume", "--out", folder); status != 1 || stderr != want {
		t.Errorf("status %d: %q, want %q", status, stderr, want)
	}
}
