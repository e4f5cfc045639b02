package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What xpt data --init writes is read without an odd row, trains and is scored at once, in both kinds and in two languages.
func TestStarterData(t *testing.T) {
	t.Chdir(t.TempDir())
	mini := filepath.Join(repoRoot, "testdata/mini/checkpoint")
	stdout := mustXPT(t, "data", "--init", "mytask")
	if strings.Count(stdout, "xpt train ") != 2 {
		t.Errorf("says %s", stdout)
	}
	if stdout := mustXPT(t, "data", "--init", "of mine/other"); !strings.Contains(stdout, " --data 'of mine/other' --out") {
		t.Errorf("below another folder it says %s", stdout)
	}
	survey := mustXPT(t, "data", "mytask", "--json")
	if strings.Contains(survey, `"line"`) || strings.Contains(survey, `"guessed"`) || strings.Contains(survey, "README") || strings.Count(survey, `"split"`) != 8 {
		t.Errorf("the survey: %s", survey)
	}
	for _, task := range []string{"classification", "tagging"} {
		mustXPT(t, "train", "--checkpoint", mini, "--task", task, "--data", "mytask", "--method", "head", "--epochs", "1", "--language", "English", "--out", task)
		if table := mustXPT(t, "eval", task, "--data", "mytask", "--languages", "EN, German"); !strings.Contains(table, "\nen ") || !strings.Contains(table, "\nde ") {
			t.Errorf("%s: %s", task, table)
		}
	}
	if _, stderr, status := invoke(t, "data", "--init", "mytask"); status != userError || stderr != "xpt: mytask has files already: name a new folder\n" {
		t.Errorf("twice: status %d: %s", status, stderr)
	}
}

// Mistakes name the file, the line and the mend.
func TestMistakesInOwnData(t *testing.T) {
	for _, c := range []struct{ file, text, want string }{
		{"train.csv", "text,label\na,b\n", "train.csv: its name has no language, as train-en.csv has"},
		{"train-en.tsv", "no tag in this row\nthe\tDET\ncat\tNOUN\n\na\tDET\ndog\tNOUN\n", `train-en.tsv:1: line "no tag in this row": expected a word and its tag, as in most lines ` +
			"(the file is taken for task tagging, since most of its lines are read as a word and its tag; --task NAME"},
		{"classification/train-en.tsv", "the cat\tanimal\na car\tthing\n", "train-en.tsv:2: no column with the text: expected text or"},
		{"tagging/train-en.conll", "the\tDET\ncat\n", `train-en.conll:2: line "cat": expected a word and its tag`},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, c.file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(c.text), 0o666); err != nil {
			t.Fatal(err)
		}
		if stdout, stderr, status := invoke(t, "data", dir); status != userError || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%s: status %d: %s%s, want %s", c.file, status, stdout, stderr, c.want)
		}
	}
}
