package main

import (
	"bytes"
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

func TestEveryLanguageSaysEveryWord(t *testing.T) {
	w, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	s := w.sampler(7, false)
	for range 3000 {
		m := s.sentence(nameTaste)
		p := s.pair(labels[s.r.IntN(3)])
		for _, l := range langs {
			l.sentence(m)
			l.sentence(Sentence{First: p.premise})
			l.sentence(Sentence{First: p.hypothesis})
			if l.err != nil {
				t.Fatal(l.err)
			}
		}
	}
	for _, l := range langs {
		for id := range langs[0].lx.entries {
			kind, _, _ := strings.Cut(id, " ")
			if _, ok := l.lx.entries[id]; !ok && kind != "word" {
				t.Errorf("%s.lex lacks %s", l.code, id)
			}
		}
	}
}

// Sentences whose form needs agreement, case, order or elision, as a grammar has them.
func TestGrammar(t *testing.T) {
	_, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	book := NP{Noun: "book", Det: "def", Adj: "old"}
	letter := Clause{Mode: "present", S: NP{Noun: "child", Det: "def"}, V: "read", O: NP{Noun: "letter", Det: "indef", Adj: "old"}, A: "today"}
	denied := Clause{Mode: "neg", S: NP{Noun: "woman", Det: "def", Plural: true}, V: "buy", O: book}
	because := Sentence{First: Clause{Mode: "notcopula", S: NP{Noun: "door", Det: "this"}, C: "dirty"}, Link: "because",
		Second: &Clause{Mode: "future", S: NP{First: "anna"}, V: "wash", O: NP{Noun: "window", Det: "num", Num: "two", Plural: true}}}
	tests := []struct {
		lang, want string
		s          Sentence
	}{
		{"en", "The child reads an old letter today.", Sentence{First: letter}},
		{"de", "Das Kind liest heute einen alten Brief.", Sentence{First: letter}},
		{"es", "El niño lee hoy una carta vieja.", Sentence{First: letter}},
		{"fr", "L'enfant lit aujourd'hui une vieille lettre.", Sentence{First: letter}},
		{"ru", "Ребёнок сегодня читает старое письмо.", Sentence{First: letter}},
		{"el", "Το παιδί διαβάζει ένα παλιό γράμμα σήμερα.", Sentence{First: letter}},
		{"hi", "बच्चा आज एक पुरानी चिट्ठी पढ़ता है।", Sentence{First: letter}},
		{"tr", "Çocuk bugün eski bir mektup okuyor.", Sentence{First: letter}},
		{"sw", "Mtoto anasoma barua kuukuu leo.", Sentence{First: letter}},
		{"en", "The women do not buy the old book.", Sentence{First: denied}},
		{"de", "Die Frauen kaufen das alte Buch nicht.", Sentence{First: denied}},
		{"fr", "Les femmes n'achètent pas le vieux livre.", Sentence{First: denied}},
		{"ru", "Женщины не покупают старую книгу.", Sentence{First: denied}},
		{"hi", "औरतें पुरानी किताब नहीं ख़रीदती हैं।", Sentence{First: denied}},
		{"tr", "Kadınlar eski kitabı almıyor.", Sentence{First: denied}},
		{"sw", "Wanawake hawanunui kitabu kikuukuu.", Sentence{First: denied}},
		{"de", "Diese Tür ist nicht schmutzig, weil Anna zwei Fenster waschen wird.", because},
		{"es", "Esta puerta no está sucia porque Anna lavará dos ventanas.", because},
		{"fr", "Cette porte n'est pas sale parce qu'Anna lavera deux fenêtres.", because},
		{"ru", "Эта дверь не грязная, потому что Анна будет мыть два окна.", because},
		{"el", "Αυτή η πόρτα δεν είναι βρώμικη επειδή η Άννα θα πλύνει δύο παράθυρα.", because},
		{"hi", "यह दरवाज़ा गंदा नहीं है क्योंकि अन्ना दो खिड़कियाँ धोएगी।", because},
		{"tr", "Bu kapı kirli değil çünkü Anna iki pencere yıkayacak.", because},
		{"sw", "Mlango huu si mchafu kwa sababu Anna ataosha madirisha mawili.", because},
	}
	for _, c := range tests {
		for _, l := range langs {
			if l.code != c.lang {
				continue
			}
			if got := text(l.sentence(c.s)); got != c.want {
				t.Errorf("%s: %s\nwant %s", c.lang, got, c.want)
			}
		}
	}
}

func TestPretrainingTextHasNoTestSentence(t *testing.T) {
	w, langs, err := load()
	if err != nil {
		t.Fatal(err)
	}
	test := map[string]bool{}
	for _, task := range tasks {
		for _, e := range examples(task, w, langs[0])["test"] {
			for _, l := range langs {
				test[l.key(e)] = true
			}
		}
	}
	var b bytes.Buffer
	tw := newWriter(w, langs, 1)
	for range 2000 {
		line := strings.Join(tw.line(), "\t")
		b.WriteString(line + "\n")
		if test[line] {
			t.Errorf("a test is in the pretraining text: %s", line)
		}
	}
	for _, l := range labels {
		if strings.Contains(b.String(), l) {
			t.Errorf("the pretraining text has the label %q", l)
		}
	}
}

func TestLexiconErrors(t *testing.T) {
	lx := &lexicon{paradigms: map[string]string{"reg": "~s"}}
	for _, bad := range []string{"@none:walk", "s=", "book/", "a__b"} {
		if _, err := lx.parseForms(bad, "NOUN"); err == nil {
			t.Errorf("%q is no form, and was read", bad)
		}
	}
	l := &language{code: "xx", lx: &lexicon{entries: map[string]entry{}}}
	l.say("noun", "unicorn", "S")
	if l.err == nil || !strings.Contains(l.err.Error(), "unicorn") {
		t.Errorf("a missing word gave %v", l.err)
	}
}
