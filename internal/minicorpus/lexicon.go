package main

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed lexicon/*.lex
var files embed.FS

// word is a token with its universal part of speech.
type word struct{ text, tag string }

// form is an entry's words for a set of features.
type form struct {
	features []string
	words    []word
}

// entry is a line of a lexicon: the forms of one concept in one language, or a rule.
type entry struct {
	class string
	forms []form
	rule  []string
}

// lexicon holds the entries of a language by "kind key".
type lexicon struct {
	entries   map[string]entry
	paradigms map[string]string
}

// defaultTag is the part of speech of untagged words by the kind of their line.
var defaultTag = map[string]string{
	"noun": "NOUN", "verb": "VERB", "adj": "ADJ", "adv": "ADV", "num": "NUM", "pron": "PRON", "place": "NOUN", "for": "NOUN",
	"city": "PROPN", "first": "PROPN", "last": "PROPN", "brand": "PROPN", "type": "PROPN",
}

// lines returns the fields of each line of a lexicon file, without comments.
func lines(name string) ([][]string, error) {
	b, err := files.ReadFile("lexicon/" + name + ".lex")
	if err != nil {
		return nil, err
	}
	var out [][]string
	for n, l := range strings.Split(string(b), "\n") {
		f := strings.Fields(l)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if len(f) < 3 {
			return nil, fmt.Errorf("%s.lex:%d: %q has no third column", name, n+1, l)
		}
		out = append(out, f)
	}
	return out, nil
}

// loadLexicon reads a language's lexicon and its spelling of the names.
func loadLexicon(lang string, spelling int) (*lexicon, error) {
	lx := &lexicon{entries: map[string]entry{}, paradigms: map[string]string{}}
	rows, err := lines(lang)
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		id := f[0] + " " + f[1]
		if _, twice := lx.entries[id]; twice {
			return nil, fmt.Errorf("%s.lex: %q twice", lang, id)
		}
		rest := strings.Join(f[3:], " ")
		switch f[0] {
		case "paradigm":
			lx.paradigms[f[1]] = rest
		case "rule":
			lx.entries[id] = entry{class: f[2], rule: f[3:]}
		default:
			forms, err := lx.parseForms(rest, defaultTag[f[0]])
			if err != nil {
				return nil, fmt.Errorf("%s.lex: %s: %w", lang, id, err)
			}
			lx.entries[id] = entry{class: f[2], forms: forms}
		}
	}
	names, err := lines("names")
	if err != nil {
		return nil, err
	}
	for _, f := range names {
		lx.entries[f[0]+" "+f[1]] = entry{class: f[2], forms: []form{{words: []word{{f[3+spelling], "PROPN"}}}}}
	}
	return lx, nil
}

// parseForms reads "features=words" items; "@name:stem" stands for a paradigm with its "~" filled in.
func (lx *lexicon) parseForms(s, tag string) ([]form, error) {
	var forms []form
	for _, item := range strings.Fields(s) {
		if name, stem, ok := strings.Cut(strings.TrimPrefix(item, "@"), ":"); ok && item[0] == '@' {
			p, known := lx.paradigms[name]
			if !known {
				return nil, fmt.Errorf("no paradigm %q above", name)
			}
			more, err := lx.parseForms(strings.ReplaceAll(p, "~", stem), tag)
			if err != nil {
				return nil, err
			}
			forms = append(forms, more...)
			continue
		}
		f := form{}
		if features, words, ok := strings.Cut(item, "="); ok {
			f.features, item = strings.Split(features, "."), words
		}
		for _, w := range strings.Split(item, "_") {
			text, t, ok := strings.Cut(w, "/")
			if !ok {
				t = tag
			}
			if text == "" || t == "" {
				return nil, fmt.Errorf("%q lacks a word or a tag", item)
			}
			f.words = append(f.words, word{text, t})
		}
		forms = append(forms, f)
	}
	return forms, nil
}

// pick returns the words of the form with the most features, all of them wanted; the last of several.
func (e entry) pick(wanted ...string) []word {
	best, words := -1, []word(nil)
	for _, f := range e.forms {
		if len(f.features) >= best && within(f.features, wanted) {
			best, words = len(f.features), f.words
		}
	}
	return words
}

func within(a, b []string) bool {
	return !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
}
