package main

import (
	"fmt"
	"strings"
)

// token is a word with its part of speech, its entity in IOB2, and its slot in the meaning, which aligns the words of two
// languages ("1.O.noun": the object's noun in the first clause).
type token struct{ text, tag, entity, slot string }

// languages are the languages in the order of the files, with the column of their spelling of names.
var languages = []struct {
	code     string
	spelling int
}{{"en", 0}, {"de", 0}, {"es", 0}, {"fr", 0}, {"ru", 1}, {"el", 2}, {"hi", 3}, {"tr", 0}, {"sw", 0}}

// language generates sentences of meanings.
type language struct {
	code string
	lx   *lexicon
	err  error // the first entry or form that was missing
}

func loadLanguages() ([]*language, error) {
	var out []*language
	for _, l := range languages {
		lx, err := loadLexicon(l.code, l.spelling)
		if err != nil {
			return nil, err
		}
		out = append(out, &language{code: l.code, lx: lx})
	}
	return out, nil
}

func (l *language) entry(kind, key string) entry {
	e, ok := l.lx.entries[kind+" "+key]
	if !ok && l.err == nil {
		l.err = fmt.Errorf("%s.lex: no %s %q", l.code, kind, key)
	}
	return e
}

// say returns the tokens of an entry's form.
func (l *language) say(kind, key, slot string, wanted ...string) []token {
	words := l.entry(kind, key).pick(wanted...)
	if words == nil && l.err == nil {
		l.err = fmt.Errorf("%s.lex: %s %q has no form for %v", l.code, kind, key, wanted)
	}
	out := make([]token, len(words))
	for i, w := range words {
		out[i] = token{w.text, w.tag, "O", slot}
	}
	return out
}

// agreement returns the features of a class ("m", or "1/2" for singular and plural) in a number.
func agreement(class string, plural bool) []string {
	one, many, ok := strings.Cut(class, "/")
	if !ok {
		many = one + "p"
	}
	if plural {
		return []string{"p", many}
	}
	return []string{"s", one}
}

// features are the features with which adjectives, articles and the verb agree.
func (l *language) features(n NP) []string {
	switch {
	case n.Pron != "":
		return agreement(l.entry("pron", n.Pron).class, n.Pron == "they")
	case n.Brand != "":
		return agreement(l.entry("rule", "np.org").class, false)
	case n.First != "":
		class := l.entry("rule", "np.person").class
		if class == "-" {
			class = l.entry("first", n.First).class
			if n.And != nil && l.entry("first", n.And.First).class != class {
				class = "m"
			}
		}
		return agreement(class, n.And != nil)
	case n.Det == "num":
		class := l.entry("noun", n.Noun).class
		return append(agreement(class, true), agreement(class, false)[1])
	}
	return agreement(l.entry("noun", n.Noun).class, n.Plural)
}

// np generates a noun phrase in a case (nom or acc); slot is its place in the clause.
func (l *language) np(n NP, kase, slot string) []token {
	alone := n
	alone.And = nil
	rule, wanted := "np."+n.Det, append(l.features(alone), kase, n.Det)
	switch {
	case n.Pron != "":
		return l.say("pron", n.Pron, slot+".pron")
	case n.Brand != "" && kase == "at":
		rule = "np.at"
	case n.Brand != "":
		rule = "np.org"
	case n.First != "":
		rule = "np.person"
	}
	var out []token
	for _, item := range l.entry("rule", rule).rule {
		item, only, _ := strings.Cut(item, ":")
		feats := wanted
		if only != "" {
			feats = append(feats[:len(feats):len(feats)], only)
		}
		at := slot + "." + item
		switch item {
		case "noun":
			if only != "" {
				feats = []string{only}
			}
			out = append(out, l.say("noun", n.Noun, at, feats...)...)
		case "adj", "pre", "post":
			if n.Adj != "" && (item == "adj" || (l.entry("adj", n.Adj).class == "pre") == (item == "pre")) {
				out = append(out, l.say("adj", n.Adj, slot+".adj", feats...)...)
			}
		case "num":
			out = append(out, l.say("num", n.Num, at, feats...)...)
		case "first":
			out = append(out, entity("PER", l.say("first", n.First, slot+".name"), l.lastName(n, slot))...)
		case "brand":
			out = append(out, entity("ORG", l.say("brand", n.Brand, slot+".name"), l.say("type", n.Type, slot+".name"))...)
		case "last", "type": // said with first and brand
		default:
			out = append(out, l.say("word", item, slot+".det", feats...)...)
		}
	}
	if n.And != nil {
		out = append(out, l.say("word", "and", slot+".and")...)
		out = append(out, l.np(*n.And, kase, slot+".and")...)
	}
	return out
}

func (l *language) lastName(n NP, slot string) []token {
	if n.Last == "" {
		return nil
	}
	return l.say("last", n.Last, slot+".name")
}

// entity marks the proper nouns among the tokens as one entity.
func entity(kind string, parts ...[]token) []token {
	var out []token
	next := "B-" + kind
	for _, p := range parts {
		for _, t := range p {
			if t.tag == "PROPN" {
				t.entity, next = next, "I-"+kind
			}
			out = append(out, t)
		}
	}
	return out
}

// clause generates a clause by the rule of its mode; a subordinate clause by its "sub." rule if the language has one.
func (l *language) clause(c Clause, sub bool, slot string) []token {
	r := l.entry("rule", "clause."+c.Mode).rule
	if e, ok := l.lx.entries["rule sub."+c.Mode]; ok && sub {
		r = e.rule
	}
	subject := l.features(c.S)
	mode := map[string]string{"neg": "neg", "future": "fut"}[c.Mode]
	var out []token
	for _, item := range r {
		item, only, _ := strings.Cut(item, ":")
		at := slot + item
		switch item {
		case "S":
			out = append(out, l.np(c.S, "nom", at)...)
		case "O":
			if !c.O.none() {
				out = append(out, l.np(c.O, "acc", at)...)
			}
		case "V":
			wanted := append(subject[:len(subject):len(subject)], mode)
			if only != "" {
				wanted = []string{only}
			}
			out = append(out, l.say("verb", c.V, at, wanted...)...)
		case "A":
			if c.A != "" {
				out = append(out, l.say("adv", c.A, at)...)
			}
		case "F":
			if c.For != "" {
				out = append(out, l.say("for", c.For, at)...)
			}
		case "P":
			out = append(out, l.place(c, at)...)
		case "C":
			out = append(out, l.say("adj", c.C, at, append(subject[:len(subject):len(subject)], "pred", "nom")...)...)
		case "very":
			if c.Very {
				out = append(out, l.say("word", "very", at)...)
			}
		default:
			wanted := subject[:len(subject):len(subject)]
			if c.C != "" {
				wanted = append(wanted, l.entry("adj", c.C).class)
			}
			out = append(out, l.say("word", item, at, wanted...)...)
		}
	}
	return out
}

func (l *language) place(c Clause, slot string) []token {
	switch {
	case c.Place != "":
		return l.say("place", c.Place, slot)
	case c.In != "":
		return entity("LOC", l.say("city", c.In, slot, "in"))
	case c.From != "":
		return entity("LOC", l.say("city", c.From, slot, "from"))
	case !c.At.none():
		return l.np(c.At, "at", slot)
	}
	return nil
}
