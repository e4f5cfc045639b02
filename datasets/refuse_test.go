package datasets

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestTablesAndRecordsRefuse(t *testing.T) {
	for _, c := range []struct {
		name, task, file, content string
		want                      []string
	}{
		{"no text column", "classification", "train-en.tsv", "label\tbody\ngood\tHi\n", []string{"train-en.tsv:2:", "text or sentence", "body, label"}},
		{"a column twice", "classification", "train-en.tsv", "label\ttext\ttext\ngood\tHi\tHo\n", []string{"train-en.tsv:1:", `two columns are named "text"`}},
		{"short row", "sib200", "eng_Latn/dev.tsv", "index_id\tcategory\ttext\n3\ttravel\n", []string{"dev.tsv:2:", "2 tab-separated columns", "index_id, category, text"}},
		{"not JSON", "xcopa", "val.sw.jsonl", "{\"premise\": \n", []string{"val.sw.jsonl:1:", "not a JSON object"}},
		{"two objects", "xcopa", "val.sw.jsonl", "{} {}\n", []string{"val.sw.jsonl:1:", "more than one JSON value"}},
		{"a key twice", "xcopa", "val.sw.jsonl", `{"premise": "a", "premise": "b"}`, []string{"val.sw.jsonl:1:", `the key "premise" appears twice`}},
		{"half a character", "classification", "train-en.jsonl", `{"text": "a\ud83d", "label": "b"}`, []string{"train-en.jsonl:1:", `\ud83d is half a character`}},
		{"an array", "xcopa", "val.sw.jsonl", "[1]", []string{"val.sw.jsonl:1: not a JSON object: it is an array: expected an object"}},
		{"label number", "xcopa", "val.sw.jsonl", `{"premise": "a", "question": "cause", "choice1": "b", "choice2": "c", "label": 2}`, []string{"val.sw.jsonl:1:", "label 2 in column label", "below 2"}},
		{"uneven tags", "tagging", "train-en.jsonl", `{"words": ["a", "b"], "tags": ["O"]}`, []string{"train-en.jsonl:1:", "2 words and 1 tags"}},
		{"tags as text", "tagging", "train-en.jsonl", `{"words": "a b", "tags": "O O"}`, []string{"train-en.jsonl:1:", "words is not a list"}},
		{"null label", "classification", "train-en.jsonl", `{"text": "a", "label": null}`, []string{"train-en.jsonl:1:", "label in column label is null"}},
		{"a label is missing", "classification", "train-en.jsonl", `{"text": "a", "label": "x"}` + "\n" + `{"text": "b"}`, []string{"train-en.jsonl:2: this row and that of line 1: one has a label, the other has none"}},
		{"tags are missing", "tagging", "train-en.jsonl", `{"words": ["a"]}` + "\n" + `{"words": ["a"], "tags": ["O"]}`, []string{"train-en.jsonl:2: this row and that of line 1"}},
		{"label object", "classification", "train-en.jsonl", `{"text": "a", "label": {}}`, []string{"train-en.jsonl:1:", "label in column label is an object"}},
		{"control characters", "classification", "train-en.jsonl", `{"text": "a", "label": "\u001b[31mred"}`, []string{"train-en.jsonl:1:", `label "\x1b[31mred" holds control characters`}},
		{"a label of two lines", "tagging", "train-en.jsonl", `{"words": ["a"], "tags": ["B\nO"]}`, []string{"train-en.jsonl:1:", `label "B\nO" holds control characters`}},
		{"a label not UTF-8", "tagging", "train-en.conll", "a B-\xff\n", []string{"train-en.conll:1:", "is no UTF-8"}},
		{"null word", "tagging", "train-en.jsonl", `{"words": ["a", null], "tags": ["O", "O"]}`, []string{"train-en.jsonl:1:", "word 2 is null"}},
		{"null tag", "tagging", "train-en.jsonl", `{"words": ["a", "b"], "tags": ["O", null]}`, []string{"train-en.jsonl:1:", "label in column tags is null"}},
		{"not Parquet", "udpos", "dev-en.parquet", "PAR?", []string{"dev-en.parquet: not a Parquet file"}},
		{"short treebank row", "udpos", "en_x-ud-dev.conllu", "1\tHi\n", []string{"dev.conllu:1:", "tag in column 4"}},
		{"treebank without numbers", "uner", "en_x-ud-dev.iob2", "Hi\tHi\tO\n", []string{"dev.iob2:1:", `word number "Hi"`}},
		{"endless sentence", "tagging", "dev-en.conll", "a O\n\n" + strings.Repeat("a O\n", MaxWords+1), []string{"dev-en.conll:3: a sentence of 16385 words"}},
		{"endless treebank", "uner", "en_x-ud-dev.iob2", "# text\n" + strings.Repeat("1\tHi\tO\n", MaxWords+1) + "\n", []string{"dev.iob2:2: a sentence of 16385 words"}},
		{"endless list", "tagging", "dev-en.jsonl", `{"words": ["a"` + strings.Repeat(`, "a"`, MaxWords) + `]}`, []string{"dev-en.jsonl:1: a sentence of 16385 words"}},
		{"language unknown", "tagging", "train.conll", "a O\n", []string{"no data of task tagging", "{split}-{lang}.conll"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, dir, c.file, c.content)
			_, err := Open(c.task, dir)
			if err == nil {
				lang := "en"
				if c.task == "xcopa" {
					lang = "sw"
				}
				_, err = task(t, c.task).Load(dir, "dev", lang)
			}
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

// TestDamagedParquet sets bytes all over a file: the Parquet library panics at some of them.
func TestDamagedParquet(t *testing.T) {
	whole, err := os.ReadFile(fixtures + "parquet/xnli/en/validation-00000-of-00001.parquet")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	failed := 0
	for at := 0; at < len(whole); at += 5 {
		damaged := slices.Clone(whole)
		damaged[at] ^= 1
		writeFile(t, dir, "dev-en.parquet", string(damaged))
		if _, err := task(t, "xnli").Load(dir, "dev", "en"); err != nil {
			failed++
			if !strings.Contains(err.Error(), "dev-en.parquet") {
				t.Errorf("byte %d: error %q does not name the file", at, err)
			}
		}
	}
	if failed == 0 {
		t.Error("no damage was noticed")
	}
}
