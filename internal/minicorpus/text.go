package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Numbers of lines. A line has segments separated by tabs; a model reads it as "</s> A </s> B ...".
const textLines, textDevLines = 180000, 300

// writer samples lines of pretraining text.
type writer struct {
	*sampler
	langs []*language
	tests map[string]bool // English sentences and pairs of the tests, which the text excludes
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

// line samples a line: a code-switched sentence in several or all languages, translations of a sentence in two or three
// languages, or a code-switched premise and hypothesis. Code switching makes representations independent of the language,
// which is what transfers from English; with separate languages a tagger takes all non-English words for names.
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

// some samples n different languages.
func (t writer) some(n int) []*language {
	var out []*language
	for _, i := range t.r.Perm(len(t.langs))[:n] {
		out = append(out, t.langs[i])
	}
	return out
}

// unseen samples a sentence that is not in a test.
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

// spell formats a sentence as text, or with spaces between all tokens as in tagged corpora.
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

// switched generates a code-switched sentence in the word order of the first language.
func (t writer) switched(s Sentence, langs []*language) []token {
	parts := make([]map[string][]token, len(langs))
	for i, l := range langs {
		parts[i] = map[string][]token{}
		for _, w := range l.tokens(s) {
			parts[i][part(w)] = append(parts[i][part(w)], w)
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
		words := parts[t.r.IntN(len(langs))][p]
		if words == nil {
			words = parts[0][p]
		}
		out = append(out, words...)
	}
	return langs[0].capital(out)
}

// part is the unit of code switching: slot and part of speech, but one part for a clause's auxiliary verb and one for its
// negation, which some languages express in the verb.
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

// argument samples a premise and a hypothesis.
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
