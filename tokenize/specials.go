package tokenize

import (
	"strings"
	"unicode/utf8"
)

// specialTokens are the spellings of special tokens by id.
type specialTokens map[int]string

// xglmSpecials are XGLM's specials in a vocabulary: the first four ids and the made-up words at its end.
func xglmSpecials(pieces []string) specialTokens {
	s := specialTokens{}
	for id, spelling := range specialPieces {
		s[id] = spelling
	}
	for id := len(pieces) - 1; id > UNK && strings.HasPrefix(pieces[id], "<madeupword"); id-- {
		s[id] = pieces[id]
	}
	return s
}

// EncodeWithSpecials is Encode, except that specials spelled in the text (such as </s>) are special tokens, and the text on each
// side is encoded separately. It is for trusted prompts only.
func (t *Tokenizer) EncodeWithSpecials(text string) Encoded { return t.encodeAround(&t.spelled, text) }

// encodeAround encodes literals as tokens and the text on each side separately. A spelled special belongs to no word; another
// literal is a word.
func (t *Tokenizer) encodeAround(l *literals, text string) Encoded {
	all := makeEncoded(0)
	runes, words := 0, 0
	for at := 0; at < len(text); {
		start, end, id := l.next(text, at)
		part := t.encodePart(text[at:start], at == 0)
		for i := range part.IDs {
			part.Offsets[i][0] += runes
			part.Offsets[i][1] += runes
			part.Words[i] += words
		}
		if n := len(part.Words); n > 0 {
			words = part.Words[n-1] + 1
		}
		all.add(part)
		runes += utf8.RuneCountInString(text[at:start])
		if id >= 0 {
			width, word := utf8.RuneCountInString(text[start:end]), -1
			if l != &t.spelled || !t.isSpecial(id) {
				word = words
				words++
			}
			all.add(Encoded{IDs: []int{id}, Words: []int{word}, Offsets: [][2]int{{runes, runes + width}}})
			runes += width
		}
		at = end
	}
	return all
}
