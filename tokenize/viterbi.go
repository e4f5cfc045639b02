package tokenize

import (
	"slices"
	"unicode/utf8"
)

// ending is the best path to a byte: its score, and the start (-1: no path yet) and id of its last piece.
type ending struct {
	score     float64
	start, id int32
}

// lattice finds the best segmentation of a Unigram model like both references: from left to right; the earlier start wins ties.
type lattice struct {
	trie   trie
	scores []float64
	unk    float64
	// single: path scores are float32, as in SentencePiece 0.2.3 (up to 0.2.0 it compared a float64 sum with a float32 score,
	// which decides a few exact ties differently); the other reference has float64.
	single bool
}

// best appends the tokens of text, with byte positions shifted by shift. Adjacent unknowns are merged.
func (l *lattice) best(w *work, text []byte, shift int32) {
	w.ends = resize(w.ends, len(text)+1)
	ends := w.ends
	for i := range ends {
		ends[i].start = -1
	}
	ends[0].score = 0
	for start := 0; start < len(text); {
		width := min(runeWidth(text[start]), len(text)-start) // a damaged charsmap may split a character
		l.extend(ends, text, start, width)
		start += width
	}
	from := len(w.tokens)
	for end := len(text); end > 0; {
		e := ends[end]
		last := len(w.tokens) - 1
		if e.id == UNK && last >= from && w.tokens[last].id == UNK {
			w.tokens[last].start = e.start + shift
		} else {
			w.tokens = append(w.tokens, token{id: e.id, start: e.start + shift, end: int32(end) + shift})
		}
		end = int(e.start)
	}
	slices.Reverse(w.tokens[from:])
}

// extend offers every piece that begins at start, and the unknown unless a piece has exactly one character.
func (l *lattice) extend(ends []ending, text []byte, start, width int) {
	units, base, till := l.trie.units, l.trie.root, ends[start].score
	single := false
	for i := start; i < len(text); i++ {
		c := text[i]
		u := units[base^uint32(c)]
		if byte(u) != c {
			break
		}
		base = unitBase(u)
		id := unitID(u)
		if id == noID {
			continue
		}
		l.offer(&ends[i+1], till+l.scores[id], start, id)
		single = single || i+1-start == width
	}
	if !single {
		l.offer(&ends[start+width], till+l.unk, start, UNK)
	}
}

func (l *lattice) offer(e *ending, score float64, start int, id int32) {
	if l.single {
		score = float64(float32(score))
	}
	if e.start < 0 || score > e.score {
		*e = ending{score, int32(start), id}
	}
}

// runeWidth is the length of a UTF-8 sequence by its lead byte.
func runeWidth(lead byte) int {
	switch {
	case lead < utf8.RuneSelf:
		return 1
	case lead < 0xe0:
		return 2
	case lead < 0xf0:
		return 3
	}
	return 4
}

// resize returns a slice of length n, reusing s without clearing it.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
