package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentence generates a sentence with capital and full stop.
func (l *language) sentence(s Sentence) []token { return l.capital(l.tokens(s)) }

// tokens generates a sentence without its capital.
func (l *language) tokens(s Sentence) []token {
	out := l.clause(s.First, false, "1.")
	if s.Second != nil {
		out = append(out, l.say("word", s.Link, "link")...)
		out = append(out, l.clause(*s.Second, s.Link == "because" || s.Link == "that", "2.")...)
	}
	return l.euphony(append(out, l.say("word", "stop", "stop")...))
}

// capital capitalises the first token.
func (l *language) capital(tokens []token) []token {
	first := tokens[0].text
	r, n := utf8.DecodeRuneInString(first)
	upper := unicode.ToUpper(r)
	if l.code == "tr" {
		upper = unicode.TurkishCase.ToUpper(r)
	}
	tokens[0].text = string(upper) + first[n:]
	return tokens
}

// text joins tokens: no space before punctuation or after an apostrophe.
func text(tokens []token) string {
	var b strings.Builder
	for i, t := range tokens {
		if i > 0 && t.tag != "PUNCT" && !strings.HasSuffix(tokens[i-1].text, "'") {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}
