package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode"
)

var universal = map[string]bool{}

func init() {
	for _, t := range strings.Fields("ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X") {
		universal[t] = true
	}
}

// write returns the labelled files by name, "udpos/test-de.tsv".
func write() (map[string]string, error) {
	dir, err := os.MkdirTemp("", "minicorpus")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := writeLabelled(dir); err != nil {
		return nil, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.tsv"))
	out := map[string]string{}
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		out[filepath.Base(filepath.Dir(p))+"/"+filepath.Base(p)] = string(b)
	}
	return out, err
}

var once = sync.OnceValues(write)

func written(t *testing.T) map[string]string {
	t.Helper()
	files, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// blocks splits a tagged file into sentences, a pair file into lines.
func blocks(name, content string) []string {
	sep := "\n\n"
	if strings.HasPrefix(name, "xnli") {
		sep = "\n"
	}
	return strings.Split(strings.TrimSuffix(content, sep), sep)
}

func TestFilesAreTheSameTwice(t *testing.T) {
	first := written(t)
	second, err := write()
	if err != nil {
		t.Fatal(err)
	}
	if want := 3 * (2 + len(languages)); len(first) != want {
		t.Errorf("%d files, want %d", len(first), want)
	}
	for name := range first {
		if first[name] != second[name] {
			t.Errorf("%s differs between two runs", name)
		}
	}
}

func TestLanguagesAreAligned(t *testing.T) {
	files := written(t)
	sizes := map[string]int{"train": trainSize, "dev": devSize, "test": testSize}
	for name, content := range files {
		split, _, _ := strings.Cut(filepath.Base(name), "-")
		if n := len(blocks(name, content)); n != sizes[split] {
			t.Errorf("%s has %d examples, want %d", name, n, sizes[split])
		}
	}
	for _, l := range languages {
		english, other := blocks("xnli", files["xnli/test-en.tsv"]), blocks("xnli", files["xnli/test-"+l.code+".tsv"])
		for i := range english {
			if a, b := strings.Split(english[i], "\t"), strings.Split(other[i], "\t"); len(b) != 3 || a[2] != b[2] {
				t.Fatalf("%s pair %d: %q against English %q", l.code, i, other[i], english[i])
			}
		}
		english, other = blocks("panx", files["panx/test-en.tsv"]), blocks("panx", files["panx/test-"+l.code+".tsv"])
		for i := range english {
			for _, kind := range []string{"B-PER", "B-ORG", "B-LOC"} {
				if a, b := strings.Count(english[i], kind), strings.Count(other[i], kind); a != b {
					t.Errorf("%s sentence %d: %d %s, English has %d:\n%s", l.code, i, b, kind, a, other[i])
				}
			}
		}
	}
}

func TestTagsAreValid(t *testing.T) {
	used := map[string]bool{}
	for name, content := range written(t) {
		if strings.HasPrefix(name, "xnli") {
			continue
		}
		for _, sentence := range blocks(name, content) {
			before := "O"
			for _, row := range strings.Split(sentence, "\n") {
				word, tag, ok := strings.Cut(row, "\t")
				if !ok || word == "" || strings.ContainsAny(word, " _/=~@") {
					t.Fatalf("%s: bad row %q", name, row)
				}
				used[tag] = true
				switch {
				case strings.HasPrefix(name, "udpos"):
					if !universal[tag] {
						t.Errorf("%s: %q is no universal part of speech", name, tag)
					}
				case strings.HasPrefix(tag, "I-"):
					if before[1:] != tag[1:] {
						t.Errorf("%s: %s after %s in\n%s", name, tag, before, sentence)
					}
				case tag != "O" && !strings.HasPrefix(tag, "B-"):
					t.Errorf("%s: %q is not IOB2", name, tag)
				}
				before = tag
			}
		}
	}
	for _, tag := range strings.Fields("ADJ ADP ADV AUX CCONJ DET NOUN NUM PART PRON PROPN PUNCT SCONJ VERB B-PER I-PER B-ORG I-ORG B-LOC I-LOC O") {
		if !used[tag] {
			t.Errorf("no word is tagged %s", tag)
		}
	}
}

func TestSplitsShareNothing(t *testing.T) {
	files := written(t)
	for _, task := range tasks {
		seen := map[string]string{}
		for _, split := range []string{"train", "dev", "test"} {
			name := task + "/" + split + "-en.tsv"
			for _, b := range blocks(name, files[name]) {
				if first, twice := seen[b]; twice {
					t.Errorf("%s and %s share\n%s", first, name, b)
				}
				seen[b] = name
			}
		}
	}
}

func TestHeldOutWordsAreInTestsOnly(t *testing.T) {
	files := written(t)
	has := func(name, word string) bool { return strings.Contains(files[name], "\n"+word+"\t") }
	held := 0
	rows, err := lines("names")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rows {
		if f[0] != "first" || !heldOut(f[1]) {
			continue
		}
		held++
		if has("panx/train-en.tsv", f[3]) || has("panx/dev-en.tsv", f[3]) {
			t.Errorf("%s is held out, and trained on", f[3])
		}
		if !has("panx/test-en.tsv", f[3]) {
			t.Errorf("%s is held out, and not in the test", f[3])
		}
	}
	if held == 0 {
		t.Error("no name is held out")
	}
}

func TestLabelsAreBalanced(t *testing.T) {
	for name, content := range written(t) {
		if !strings.HasPrefix(name, "xnli") {
			continue
		}
		all := len(blocks(name, content))
		for _, l := range labels {
			if n := strings.Count(content, "\t"+l+"\n"); n < all/3 || n > all/3+1 {
				t.Errorf("%s: %d of %d are %s", name, n, all, l)
			}
		}
	}
}

func TestScripts(t *testing.T) {
	scripts := map[string]*unicode.RangeTable{"ru": unicode.Cyrillic, "el": unicode.Greek, "hi": unicode.Devanagari}
	files := written(t)
	for _, l := range languages {
		script := scripts[l.code]
		if script == nil {
			script = unicode.Latin
		}
		for _, r := range files["udpos/test-"+l.code+".tsv"] {
			// tags are in Latin letters in every file
			if unicode.IsLetter(r) && !unicode.Is(script, r) && !(r >= 'A' && r <= 'Z') {
				t.Errorf("udpos/test-%s.tsv has %q", l.code, r)
				break
			}
		}
	}
}
