package datasets

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestLookInFoldersWithoutNames lets the files alone say whose they are.
func TestLookInFoldersWithoutNames(t *testing.T) {
	nli := strings.Repeat("A dog sleeps.\tAn animal rests.\tentailment\n", certain)
	for _, c := range []struct {
		file, content string
		task          string // "" for a file that nobody knows
		examples      int
		broken        bool
	}{
		{"dev-en.tsv", nli, "xnli", certain, false},
		{"dev-en.tsv", nli + "a\tb\tmaybe\n", "xnli", certain, true},
		{"dev-en.tsv", "One.\tTwo.\t1\n", "pawsx", 1, false},
		{"test-en.tsv", "One.\tTwo.\n", "xnli", 1, false}, // without labels it could be any pair
		{"dev-en.tsv", "Oslo\tPROPN\n\nHi\tINTJ\n", "udpos", 2, false},
		{"dev-en.tsv", "Oslo\tB-LOC\n\nHi\tO\n", "panx", 2, false},
		{"dev-en.tsv", "Rex\tB-PET\n\nHi\tO\n", "tagging", 2, false},
		{"dev-en.tsv", "label\ttext\nfine\tHi\n", "classification", 1, false},
		{"swa/dev.txt", "Maji NOUN\n", "masakhapos", 1, false},
		{"swa/dev.txt", "Leo B-DATE\n", "masakhaner2", 1, false},
		{"eng_Latn/dev.tsv", "index_id\tcategory\ttext\n1\ttravel\tGo.\n", "sib200", 1, false},
		{"sw/val.sw.jsonl", `{"premise": "a", "choice1": "b", "choice2": "c", "question": "cause", "label": 1}`, "xcopa", 1, false},
		{"dev-en.json", "{}", "", 0, false},
		{"dev-en.tsv", strings.Repeat("A fine film.\tgood\n", 8), "classification", 0, true}, // texts and labels without a header
		{"train-en.txt", strings.Repeat("Oslo PROPN\n\nHi INTJ\nthere ADV\n\n", 9), "tagging", 18, false},
		{"train-en.txt", strings.Repeat("It rains in Oslo.\nIt is dry.\n", 9), "", 0, false}, // lm's lies in the folder itself
		{"dev-en.tsv", "a\tb\tmaybe\n" + nli + strings.ReplaceAll(nli, "entailment", "neutral"), "xnli", 0, true},
		{"dev-en.tsv", "a\tB-PERS\n" + strings.Repeat("Oslo\tB-LOC\nis\tO\n\n", 9), "panx", 0, true},
		{"dev-en.tsv", strings.Repeat("Oslo\tPROPN\nis\tAUX\n\n", 5) + "rain\n" + strings.Repeat("Oslo\tPROPN\n\n", 9), "udpos", 5, true},
		{"dev-en.tsv", strings.Repeat("Oslo\tB-LOC\nis\tO\n\n", 30) + "rain\n", "panx", 0, true},
		{"dev-en.tsv", strings.Repeat("One.\tTwo.\n", 30) + "rain\n", "xnli", 30, true},
	} {
		dir := t.TempDir()
		writeFile(t, dir, "files/"+c.file, c.content)
		survey, err := Look(dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if c.task == "" {
			if len(survey.Parts) != 0 || len(survey.Other) != 1 {
				t.Errorf("%s: %+v, want it unrecognised", c.file, survey)
			}
			continue
		}
		if len(survey.Parts) != 1 {
			t.Errorf("%s (%.20q): %d parts, want one of %s", c.file, c.content, len(survey.Parts), c.task)
			continue
		}
		if p := survey.Parts[0]; p.Task != c.task || p.Examples != c.examples || (p.Error != "") != c.broken {
			t.Errorf("%s (%.20q): %s, %d examples, error %q; want %s, %d", c.file, c.content, p.Task, p.Examples, p.Error, c.task, c.examples)
		}
	}
}

// A guess is told as one, with the tasks that the content fits as well.
func TestLookTellsGuesses(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "files/en/dev.txt", "Oslo B-LOC\n")
	writeFile(t, dir, "masakhaner2/swa/dev.txt", "Oslo B-LOC\n")
	writeFile(t, dir, "test-en.tsv", "One.\tTwo.\n")
	survey, err := Look(dir, "")
	if err != nil || len(survey.Parts) != 3 {
		t.Fatalf("%+v, %v", survey, err)
	}
	for _, p := range survey.Parts {
		named := strings.Contains(p.File, "masakhaner2/")
		if p.Guessed == named || p.Task == "xnli" && strings.Join(p.Fits, " ") != "pawsx" {
			t.Errorf("%s: task %s, guessed %v, fits %v", p.File, p.Task, p.Guessed, p.Fits)
		}
	}
}

func TestLookGoesByTheFoldersName(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "udpos/dev-en.tsv", "Oslo\tB-LOC\n") // one row is not enough to tell, the name is
	for _, where := range []string{dir, filepath.Join(dir, "udpos")} {
		survey, err := Look(where, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(survey.Parts) != 1 || survey.Parts[0].Task != "udpos" || !strings.Contains(survey.Parts[0].Error, `"B-LOC"`) {
			t.Errorf("in %s: %+v", where, survey.Parts)
		}
	}
}

func TestLookCounts(t *testing.T) {
	survey, err := Look(fixtures+"original", "udpos")
	if err != nil {
		t.Fatal(err)
	}
	if len(survey.Parts) != 2 {
		t.Fatalf("%d parts, want the two treebanks", len(survey.Parts))
	}
	p := survey.Parts[0]
	if p.Split != "test" || p.Language != "de" || p.Examples != 1 || p.Words != 3 || p.Labels["NOUN"] != 1 || p.Kind != "tagging" {
		t.Errorf("first treebank: %+v", p)
	}
	if odd := survey.Parts[1].Odd; len(odd) != 1 || odd[0].Line != 3 {
		t.Errorf("odd rows of the second treebank: %+v", odd)
	}
}

// Every kind of task has a name, which --json shows.
func TestKindsHaveNames(t *testing.T) {
	for _, task := range Tasks() {
		if kind := task.Kind.String(); strings.Contains(kind, "Kind(") {
			t.Errorf("task %s is of kind %s", task.Name, kind)
		}
	}
}
