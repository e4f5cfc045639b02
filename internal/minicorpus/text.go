package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Lines of the pretraining text. A line holds one or more segments parted by tabs; a model reads it as "</s> A </s> B ...".
const textLines, textDevLines = 180000, 300

// writer makes lines of pretraining text.
type writer struct {
	*sampler
	langs []*language
	tests map[string]bool // English sentences and pairs of the tests, which the text leaves out
}

// writeText writes train.txt and dev.txt under dir.
func writeText(dir string) error {
	w, langs, err := load()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, f := range []struct {
		name  string
		lines int
	}{{"train.txt", textLines}, {"dev.txt", textDevLines}} {
		if err := newWriter(w, langs, uint64(1000+i)).file(filepath.Join(dir, f.name), f.lines); err != nil {
			return err
		}
	}
	return nil
}

func newWriter(w *world, langs []*language, stream uint64) writer {
	tests := map[string]bool{}
	for _, task := range tasks {
		for _, e := range examples(task, w, langs[0])["test"] {
			tests[langs[0].key(e)] = true
		}
	}
	return writer{w.sampler(stream, false), langs, tests}
}

func (t writer) file(name string, n int) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	b := bufio.NewWriter(f)
	for range n {
		fmt.Fprintln(b, strings.Join(t.line(), "\t"))
	}
	for _, l := range t.langs {
		if l.err != nil {
			return l.err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// line draws one line: a sentence with its words from several or all languages, one in two or three languages side by side, or a
// premise with its hypothesis, these too with words from all languages. Where the language of a word says nothing of what
// follows, a model sees the word in it, not the language; that is what carries over to the others what it is taught in
// English. With languages that keep apart, a classifier takes all that is not English for a name.
func (t writer) line() []string {
	switch x := t.r.Float64(); {
	case x < 0.65:
		n := len(t.langs)
		if t.chance(0.3) {
			n = 2 + t.r.IntN(3)
		}
		return []string{t.spell(t.switched(t.unseen(), t.some(n)))}
	case x < 0.80:
		s := t.unseen()
		var segments []string
		for _, l := range t.some(2 + t.r.IntN(2)) {
			segments = append(segments, t.spell(l.sentence(s)))
		}
		return segments
	}
	return t.argument()
}

// some draws n different languages.
func (t writer) some(n int) []*language {
	var out []*language
	for _, i := range t.r.Perm(len(t.langs))[:n] {
		out = append(out, t.langs[i])
	}
	return out
}

// unseen draws a sentence that is in no test.
func (t writer) unseen() Sentence {
	for {
		taste := plainTaste
		if t.chance(0.4) {
			taste = nameTaste
		}
		s := t.sentence(taste)
		if !t.tests[text(t.langs[0].sentence(s))] {
			return s
		}
	}
}

// spell writes a sentence as text, or with a blank between all tokens as tagged corpora have it.
func (t writer) spell(tokens []token) string {
	if t.chance(0.6) {
		return text(tokens)
	}
	words := make([]string, len(tokens))
	for i, w := range tokens {
		words[i] = w.text
	}
	return strings.Join(words, " ")
}

// switched says a sentence in the order of the first language, each part of it in one of the languages.
func (t writer) switched(s Sentence, langs []*language) []token {
	said := make([]map[string][]token, len(langs))
	for i, l := range langs {
		said[i] = map[string][]token{}
		for _, w := range l.tokens(s) {
			said[i][part(w)] = append(said[i][part(w)], w)
		}
	}
	var out []token
	done := map[string]bool{}
	for _, w := range langs[0].tokens(s) {
		p := part(w)
		if done[p] {
			continue
		}
		done[p] = true
		words := said[t.r.IntN(len(langs))][p]
		if words == nil {
			words = said[0][p]
		}
		out = append(out, words...)
	}
	return langs[0].capital(out)
}

// part is what a word is exchanged for in code switching: its slot and kind, but one part for the auxiliary verb of a
// clause and one for its denial, which some languages say with the verb and others apart from it.
func part(w token) string {
	clause := w.slot[:2]
	switch {
	case w.tag == "AUX":
		return clause + "AUX"
	case w.tag == "PART" || strings.HasPrefix(w.slot[2:], "ne") || w.slot[2:] == "not" || w.slot[2:] == "pas":
		return clause + "not"
	}
	return w.slot + "/" + w.tag
}

// argument is a premise and a hypothesis.
func (t writer) argument() []string {
	for {
		p := t.pair(labels[t.r.IntN(len(labels))])
		e := example{Sentence{First: p.premise}, Sentence{First: p.hypothesis}, p.label}
		if t.tests[t.langs[0].key(e)] {
			continue
		}
		first, second := t.some(len(t.langs)), t.some(len(t.langs))
		return []string{text(t.switched(e.first, first)), text(t.switched(e.second, second))}
	}
}
