package main

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// euphony adapts words to the next sound: English "an", French elision, the Greek final ν.
func (l *language) euphony(tokens []token) []token {
	for i := range tokens[:len(tokens)-1] {
		t, next := &tokens[i], tokens[i+1]
		switch l.code {
		case "en":
			if t.text == "a" && startsWith(next.text, "aeiou") {
				t.text = "an"
			}
		case "fr":
			frenchElision(t, next)
		case "el":
			if t.text == "την" && !startsWith(next.text, "αεηιουωάέήίόύώκπτξψ") && !greekStop.MatchString(next.text) {
				t.text = "τη"
			}
		}
	}
	return tokens
}

// greekStop matches the digraphs of the sounds b, d and g.
var greekStop = regexp.MustCompile(`^(μπ|ντ|γκ)`)

// frenchElision shortens le, la, ne, de, que before a vowel or a mute h (every small h of the lexicon is mute, no capital
// one is), and gives ce, vieux, nouveau, beau their forms before a noun with a vowel.
func frenchElision(t *token, next token) {
	if !startsWith(next.text, "aàâeéèêiîoôuhAEÉIOU") {
		return
	}
	switch t.text {
	case "le", "la", "ne", "de", "que":
		t.text = strings.TrimRight(t.text, "aeu")
		if t.text == "q" {
			t.text = "qu"
		}
		t.text += "'"
	case "ce", "vieux", "nouveau", "beau":
		if next.tag == "NOUN" && t.slot[:2] == next.slot[:2] {
			t.text = map[string]string{"ce": "cet", "vieux": "vieil", "nouveau": "nouvel", "beau": "bel"}[t.text]
		}
	}
}

func startsWith(s, letters string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune(letters, r)
}
