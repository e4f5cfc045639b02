package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"xpt/datasets"
)

func TestDataShowsPartsAndOddRows(t *testing.T) {
	var out bytes.Buffer
	if err := runData(&out, "../../testdata/datasets/xtreme", dataOptions{Odd: 2}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"xnli   train  en        3                0    contradiction 1, entailment 1, neutral 1  ../../testdata/datasets/xtreme/xnli/train-en.tsv",
		"unlabelled 1",
		"xnli/dev-de.tsv:2: empty sentence (kept)",
		"xnli/dev-de.tsv:3: empty line (left out)",
		"xnli/dev-de.tsv: 1 more odd rows",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, &out)
		}
	}
}

func TestDataJSON(t *testing.T) {
	var out bytes.Buffer
	if err := runData(&out, "../../testdata/datasets/own", dataOptions{JSON: true}); err != nil {
		t.Fatal(err)
	}
	var survey datasets.Survey
	if err := json.Unmarshal(out.Bytes(), &survey); err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, p := range survey.Parts {
		examples += p.Examples
	}
	if len(survey.Parts) != 5 || examples != 9 {
		t.Errorf("%d files with %d examples, want 5 with 9", len(survey.Parts), examples)
	}
}

func TestDataOfAnEmptyFolder(t *testing.T) {
	if err := runData(&bytes.Buffer{}, t.TempDir(), dataOptions{}); err == nil || !strings.Contains(err.Error(), "train-en.tsv") {
		t.Errorf("error %v does not say how to name files", err)
	}
}

// A damaged file's bytes do not reach the terminal as they are.
func TestDataOfADamagedFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "train-en.tsv"), []byte("\x1b[2J\xff\tlabel\na\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, complaint bytes.Buffer
	status := run(t.Context(), []string{"xpt", "data", "--task", "classification", dir}, &out, &complaint)
	if status != 1 || !strings.Contains(out.String(), "error: ") || !strings.Contains(complaint.String(), "train-en.tsv:2: ") {
		t.Errorf("status %d, %q, %q", status, &out, &complaint)
	}
	if text := out.String() + complaint.String(); strings.ContainsRune(text, '\x1b') || !utf8.ValidString(text) {
		t.Errorf("raw bytes in %q", text)
	}
}
