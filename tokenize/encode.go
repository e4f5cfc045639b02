package tokenize

import (
	"bytes"
	"unicode/utf8"
)

// Encoded holds a text's ids with their words and offsets.
type Encoded struct {
	IDs     []int
	Words   []int    // word of each sub-token, -1 for a special
	Offsets [][2]int // [start, end) of each sub-token in code points of the text (for word lists: of its word); {0, 0} for a special
}

// Encode encodes a text, without specials. Words begin at white space; the first sub-token of a word may include the space
// before it. An invalid byte counts as one code point and is read as U+FFFD.
func (t *Tokenizer) Encode(text string) Encoded {
	if t.added.tokens != nil {
		return t.encodeAround(&t.added, text)
	}
	return t.encodePart(text, true)
}

// AppendIDs appends the ids of a text, without specials. It is Encode without words and offsets.
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

// encodePart encodes a text without literals, or a part of a text; first tells whether it is the first part.
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

// cursor converts increasing byte positions to code points.
type cursor struct {
	text         string
	bytes, runes int
}

func (c *cursor) codePoint(at int) int {
	c.runes += utf8.RuneCountInString(c.text[c.bytes:at])
	c.bytes = at
	return c.runes
}

// wordCounter numbers the words of a normalised text, which begin with markers.
type wordCounter struct {
	norm    []byte
	fixed   bool // the text is one word
	seen    int
	markers int
}

// at returns the word of the byte at start; calls have increasing starts.
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
