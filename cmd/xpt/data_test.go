package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

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
