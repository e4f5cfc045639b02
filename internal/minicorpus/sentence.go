package main

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// sentence says a whole sentence, with capital and full stop.
func (l *language) sentence(s Sentence) []token { return l.capital(l.tokens(s)) }

// tokens says a sentence without its capital.
func (l *language) tokens(s Sentence) []token {
	out := l.clause(s.First, false, "1.")
	if s.Second != nil {
		out = append(out, l.say("word", s.Link, "link")...)
		out = append(out, l.clause(*s.Second, s.Link == "because" || s.Link == "that", "2.")...)
	}
	return l.euphony(append(out, l.say("word", "stop", "stop")...))
}

// capital gives the first token its capital letter.
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

// text writes tokens as a line: no blank before a stop or comma, none after an apostrophe.
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
