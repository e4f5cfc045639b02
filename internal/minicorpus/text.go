package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Lines of the pretraining text. A line holds one or more segments parted by tabs; a model reads it as "</s> A </s> B ...".
const textLines, textDevLines = 60000, 500

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
	tests := map[string]bool{}
	for _, task := range tasks {
		for _, e := range examples(task, w, langs[0])["test"] {
			tests[langs[0].key(e)] = true
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for i, f := range []struct {
		name  string
		lines int
	}{{"train.txt", textLines}, {"dev.txt", textDevLines}} {
		t := writer{w.sampler(uint64(1000+i), false), langs, tests}
		if err := t.file(filepath.Join(dir, f.name), f.lines); err != nil {
			return err
		}
	}
	return nil
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

// line draws one line: a sentence in two or three languages side by side, one with words of other languages in it, a
// premise with its hypothesis, or a plain sentence.
func (t writer) line() []string {
	langs := t.some(3)
	switch x := t.r.Float64(); {
	case x < 0.45:
		s := t.unseen()
		var segments []string
		for _, l := range langs[:2+t.r.IntN(2)] {
			segments = append(segments, t.spell(l.sentence(s)))
		}
		return segments
	case x < 0.70:
		return []string{t.spell(t.switched(t.unseen(), langs))}
	case x < 0.90:
		return t.argument(langs)
	}
	return []string{t.spell(langs[0].sentence(t.unseen()))}
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

// switched says a sentence in the first language with some of its slots in the others.
func (t writer) switched(s Sentence, langs []*language) []token {
	said := make([]map[string][]token, len(langs))
	for i, l := range langs {
		said[i] = map[string][]token{}
		for _, w := range l.tokens(s) {
			said[i][w.slot] = append(said[i][w.slot], w)
		}
	}
	var out []token
	done := map[string]bool{}
	for _, w := range langs[0].tokens(s) {
		if done[w.slot] {
			continue
		}
		done[w.slot] = true
		from := 0
		if t.chance(0.5) {
			from = 1 + t.r.IntN(len(langs)-1)
		}
		if said[from][w.slot] == nil {
			from = 0
		}
		out = append(out, said[from][w.slot]...)
	}
	return langs[0].capital(out)
}

// argument is a premise and a hypothesis.
func (t writer) argument(langs []*language) []string {
	for {
		p := t.pair(labels[t.r.IntN(len(labels))])
		e := example{Sentence{First: p.premise}, Sentence{First: p.hypothesis}, p.label}
		if t.tests[t.langs[0].key(e)] {
			continue
		}
		first, second := langs[0], langs[0]
		if t.chance(0.5) {
			second = langs[1]
		}
		return []string{text(first.sentence(e.first)), text(second.sentence(e.second))}
	}
}
