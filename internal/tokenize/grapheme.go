package tokenize

import (
	"unicode"
	"unicode/utf8"
)

// graphemeEnd finds the end of the extended grapheme cluster (Unicode annex 29) that begins at a boundary.
func graphemeEnd(text string, at int) int {
	prev, width := utf8.DecodeRuneInString(text[at:])
	at += width
	for at < len(text) {
		if text[at] < utf8.RuneSelf && prev < utf8.RuneSelf {
			if prev == '\r' && text[at] == '\n' {
				return at + 1
			}
			return at
		}
		next, width := utf8.DecodeRuneInString(text[at:])
		if !joins(prev, next) {
			return at
		}
		prev = next
		at += width
	}
	return at
}

func joins(prev, next rune) bool {
	return !unicode.IsControl(prev) && unicode.In(next, unicode.Mn, unicode.Me, unicode.Mc, unicode.Other_Grapheme_Extend)
}
