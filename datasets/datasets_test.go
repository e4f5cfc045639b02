package datasets

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const xtreme = "../testdata/datasets/xtreme"

func task(t *testing.T, name string) Task {
	t.Helper()
	task, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func load(t *testing.T, name, dir, split, lang string) ([]Example, Diagnostics) {
	t.Helper()
	examples, diag, err := task(t, name).LoadWithDiagnostics(dir, split, lang)
	if err != nil {
		t.Fatal(err)
	}
	return examples, diag
}

func writeFile(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestLookup(t *testing.T) {
	for _, task := range Tasks() {
		got, err := Lookup(task.Name)
		if err != nil || got.Name != task.Name {
			t.Errorf("Lookup(%q) = %q, %v", task.Name, got.Name, err)
		}
	}
	if _, err := Lookup("nosuch"); err == nil || !strings.Contains(err.Error(), "xnli, pawsx, udpos, panx, sib200") {
		t.Errorf("unknown task: error %v does not list the known ones", err)
	}
}

func TestLanguages(t *testing.T) {
	// The task's own folder and its parent are the same data.
	for _, dir := range []string{xtreme, filepath.Join(xtreme, "xnli")} {
		langs, err := task(t, "xnli").Languages(dir, "dev")
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"en", "de"}; !slices.Equal(langs, want) {
			t.Errorf("languages of %s: %v, want %v", dir, langs, want)
		}
	}
	_, err := task(t, "pawsx").Languages(xtreme, "train")
	if err == nil || !strings.Contains(err.Error(), "dev in fr") {
		t.Errorf("missing split: error %v does not say what is there", err)
	}
	_, err = task(t, "pawsx").Languages(t.TempDir(), "dev")
	if err == nil || !strings.Contains(err.Error(), "{split}-{lang}.tsv") {
		t.Errorf("empty folder: error %v does not say what is expected", err)
	}
}

func TestXNLI(t *testing.T) {
	train, diag := load(t, "xnli", xtreme, "train", "en")
	if len(train) != 3 || len(diag.Odd) != 0 {
		t.Fatalf("%d examples, odd rows %v; want 3 and none", len(train), diag.Odd)
	}
	if got := train[2]; got.Label != "contradiction" || got.Text != `"No," said the cook.` || got.Pair != "The cook agreed." || got.Line != 3 {
		t.Errorf("last row: %+v", got)
	}
	dev, diag := load(t, "xnli", xtreme, "dev", "de")
	if len(dev) != 3 || dev[0].Text != "Ein Hund schläft." || dev[0].Label != "entailment" {
		t.Errorf("file with a byte-order mark and CR LF: %+v", dev)
	}
	want := []struct {
		line int
		kept bool
	}{{2, true}, {3, false}, {4, true}} // empty sentence, empty line, NS
	if len(diag.Odd) != len(want) {
		t.Fatalf("odd rows %v, want lines 2, 3, 4", diag.Odd)
	}
	for i, w := range want {
		if diag.Odd[i].Line != w.line || diag.Odd[i].Kept != w.kept {
			t.Errorf("odd row %d: %+v, want %+v", i, diag.Odd[i], w)
		}
	}
	test, _ := load(t, "xnli", xtreme, "test", "sw")
	if len(test) != 1 || test[0].Label != "" || test[0].Pair != "Mnyama anapumzika." {
		t.Errorf("file without labels: %+v", test)
	}
}

func TestPAWSXQuoting(t *testing.T) {
	got, _ := load(t, "pawsx", xtreme, "validation", "fr")
	want := []Example{
		{Text: `Le chat "Minou" dort.`, Pair: `"Minou" est un chat qui dort.`, Label: "1"},
		{Text: `"Ouvert mais pas fermé`, Pair: `Il dit "" sans rien dire.`, Label: "0"},
	}
	for i, w := range want {
		if got[i].Text != w.Text || got[i].Pair != w.Pair || got[i].Label != w.Label {
			t.Errorf("row %d: %+v, want %+v", i+1, got[i], w)
		}
	}
}

func TestUDPOS(t *testing.T) {
	en, _ := load(t, "udpos", xtreme, "dev", "en")
	if len(en) != 2 || !slices.Equal(en[1].Words, []string{"1 000", "boats"}) || !slices.Equal(en[1].Tags, []string{"NUM", "NOUN"}) || en[1].Line != 6 {
		t.Errorf("second sentence: %+v", en[1:])
	}
	fr, diag := load(t, "udpos", xtreme, "dev", "fr")
	if len(fr) != 2 || !slices.Equal(fr[0].Tags, []string{"PRON", "VERB"}) || !slices.Equal(fr[1].Words, []string{"Oui"}) {
		t.Errorf("CR LF, and no empty line at the end: %+v", fr)
	}
	if len(diag.Odd) != 2 || diag.Odd[0].Line != 1 || diag.Odd[1].Line != 5 || diag.Odd[0].Kept {
		t.Errorf("odd rows %+v, want the empty lines 1 and 5", diag.Odd)
	}
}

func TestPANXPrefix(t *testing.T) {
	de, _ := load(t, "panx", xtreme, "dev", "de")
	if !slices.Equal(de[0].Words, []string{"Anna", "Lund", "reist"}) || !slices.Equal(de[1].Words, []string{"\u200b", "Bonn"}) {
		t.Errorf("prefixed words: %q %q", de[0].Words, de[1].Words)
	}
	en, _ := load(t, "panx", xtreme, "dev", "en")
	if !slices.Equal(en[0].Words, []string{"en:", "Oslo"}) {
		t.Errorf("a word that only looks like a prefix: %q", en[0].Words)
	}
}

func TestErrorsNameFileLineAndExpectation(t *testing.T) {
	cases := []struct {
		name, task, content string
		want                []string
	}{
		{"unknown label", "xnli", "a\tb\tentailment\na\tb\t2\n", []string{"dev-en.tsv:2:", `"2"`, "entailment, neutral, contradiction"}},
		{"too few columns", "xnli", "a\tb\tneutral\na\tneutral\n", []string{"dev-en.tsv:2:", "2 tab-separated columns", "text, text, label"}},
		{"too many columns", "pawsx", "a\tb\t1\textra\n", []string{"dev-en.tsv:1:", "4 tab-separated columns"}},
		{"missing tag", "udpos", "Hi\tINTJ\nthere\n", []string{"dev-en.tsv:2:", `"there"`, "word and its tag"}},
		{"unknown tag", "panx", "Oslo\tB-CITY\n", []string{"dev-en.tsv:1:", `"B-CITY"`, "B-LOC"}},
		{"empty file", "panx", "", []string{"dev-en.tsv: no examples"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, "dev-en.tsv", c.content)
			_, err := task(t, c.task).Load(dir, "dev", "en")
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q does not contain %q", err, part)
				}
			}
		})
	}
}

func TestNotedFileName(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, dir, "train-en.first100.tsv", "noted\tX\n")
	if got, _ := load(t, "udpos", dir, "train", "en"); got[0].Words[0] != "noted" {
		t.Errorf("file with a note in its name: %+v", got)
	}
	writeFile(t, dir, "train-en.tsv", "plain\tX\n")
	if got, _ := load(t, "udpos", dir, "train", "en"); got[0].Words[0] != "plain" {
		t.Errorf("plain name beside a noted one: %+v", got)
	}
}
