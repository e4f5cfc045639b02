package tokenize

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// literals are strings that are single tokens in a text.
type literals struct {
	trie   trie
	tokens []addedToken // by the trie's ids; nil without literals
}

// newLiterals builds literals by their non-empty spellings.
func newLiterals(tokens map[string]addedToken) literals {
	if len(tokens) == 0 {
		return literals{}
	}
	var l literals
	spellings := slices.Sorted(maps.Keys(tokens))
	all := make([]int32, len(spellings))
	for i, spelling := range spellings {
		all[i] = int32(i)
		l.tokens = append(l.tokens, tokens[spelling])
	}
	l.trie, _ = buildTrie(spellings, all)
	return l
}

// next finds the first literal at or after a byte of the text, the longest if several begin there, with the white space that
// it strips; start is the text's length without a literal. As in Hugging Face's tokenizers, a match that SingleWord rejects
// hides literals inside it.
func (l *literals) next(text string, from int) (start, end, id int) {
	for start = from; l.tokens != nil && start < len(text); {
		n, which := l.trie.longest(text[start:])
		if n == 0 {
			start++
			continue
		}
		token := l.tokens[which]
		if end = start + n; token.SingleWord && besideWord(text, start, end) {
			start = end
			continue
		}
		if token.LStrip {
			start = from + len(strings.TrimRightFunc(text[from:start], unicode.IsSpace))
		}
		if token.RStrip {
			end = len(text) - len(strings.TrimLeftFunc(text[end:], unicode.IsSpace))
		}
		return start, end, token.ID
	}
	return len(text), len(text), -1
}

// besideWord tells whether the character before start or at end is a word character of Unicode's regular expressions
// (https://www.unicode.org/reports/tr18/#Compatibility_Properties).
func besideWord(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return ofWord(before) || ofWord(after)
}

func ofWord(r rune) bool {
	return unicode.In(r, unicode.L, unicode.Nl, unicode.Other_Alphabetic, unicode.M, unicode.Nd, unicode.Pc, unicode.Join_Control)
}
