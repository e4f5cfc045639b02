package tokenize

import (
	"bytes"
	"unicode/utf8"
)

// Encoded is a text as ids, with where each of them comes from.
type Encoded struct {
	IDs     []int
	Words   []int    // index of the word that each sub-token belongs to, -1 for a special
	Offsets [][2]int // [start, end) of each sub-token in code points of the given text (of its word, for word lists); {0, 0} for a special
}

// Encode gives the ids of a text, without specials. The words of a text begin at white space; a sub-token that begins a word may include the space before it.
// A byte that is not UTF-8 counts as one code point and is read as U+FFFD.
func (t *Tokenizer) Encode(text string) Encoded {
	if t.added.tokens != nil {
		return t.encodeAround(&t.added, text)
	}
	return t.encodePart(text, true)
}

// AppendIDs appends the ids of a text, without specials: Encode for those who need no offsets.
func (t *Tokenizer) AppendIDs(ids []int, text string) []int {
	if t.added.tokens != nil {
		return append(ids, t.Encode(text).IDs...)
	}
	w := t.borrow()
	defer t.works.Put(w)
	t.segment(w, text, true)
	for _, token := range w.tokens {
		ids = append(ids, int(token.id))
	}
	return ids
}

// encodePart encodes a text, or a later part of one, without literals.
func (t *Tokenizer) encodePart(text string, first bool) Encoded {
	w := t.borrow()
	defer t.works.Put(w)
	t.segment(w, text, first)
	e := makeEncoded(len(w.tokens))
	starts, ends := cursor{text: text}, cursor{text: text}
	words := wordCounter{norm: w.norm, fixed: t.oneWord}
	for i, token := range w.tokens {
		e.IDs[i] = int(token.id)
		e.Words[i] = words.at(int(token.start))
		e.Offsets[i] = [2]int{starts.codePoint(int(w.src[token.start])), ends.codePoint(int(t.srcEnd(w, text, token.end)))}
	}
	return e
}

func makeEncoded(n int) Encoded {
	return Encoded{IDs: make([]int, n), Words: make([]int, n), Offsets: make([][2]int, n)}
}

// cursor turns growing byte positions into code points.
type cursor struct {
	text         string
	bytes, runes int
}

func (c *cursor) codePoint(at int) int {
	c.runes += utf8.RuneCountInString(c.text[c.bytes:at])
	c.bytes = at
	return c.runes
}

// wordCounter numbers the words of a normalised text, which its markers open.
type wordCounter struct {
	norm    []byte
	fixed   bool // everything is word 0
	seen    int
	markers int
}

// at gives the word of the byte at start; calls come in growing order.
func (c *wordCounter) at(start int) int {
	if c.fixed {
		return 0
	}
	for c.seen <= start {
		next := bytes.Index(c.norm[c.seen:min(start+len(marker), len(c.norm))], []byte(marker))
		if next < 0 {
			c.seen = start + 1
			break
		}
		if c.seen += next + len(marker); c.seen > len(marker) {
			c.markers++
		}
	}
	return c.markers
}

// ByteOffsets turns the offsets of an encoded text into bytes of that text.
func ByteOffsets(text string, offsets [][2]int) [][2]int {
	starts := make([]int, 0, len(text)+1) // byte position of each code point
	for at := range text {
		starts = append(starts, at)
	}
	starts = append(starts, len(text))
	out := make([][2]int, len(offsets))
	for i, o := range offsets {
		out[i] = [2]int{starts[o[0]], starts[o[1]]}
	}
	return out
}
