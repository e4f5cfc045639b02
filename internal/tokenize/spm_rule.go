package tokenize

import (
	"strings"
	"unicode/utf8"
)

// spmRule is SentencePiece's way: longest match in the charsmap, white space collapsed, one lattice over the whole text.
type spmRule struct {
	charsmap    *charsmap
	dummyPrefix bool // a marker before the text
	collapse    bool // remove_extra_whitespaces
	lattice     lattice
}

func (r *spmRule) segment(w *work, text string, _ bool) {
	w.tokens = w.tokens[:0]
	r.normalize(w, text)
	if len(w.norm) == 0 {
		return
	}
	r.lattice.best(w, w.norm, 0)
}

func (r *spmRule) end(w *work, _ string, normEnd int32) int32 { return w.src[normEnd] }

// normalize fills w.norm, and w.src with the position of the stretch of text that each byte comes from, one more for the end.
func (r *spmRule) normalize(w *work, text string) {
	w.norm, w.src = w.norm[:0], w.src[:0]
	at := 0
	for r.collapse && at < len(text) {
		n, piece := r.next(text[at:])
		if piece != " " {
			break
		}
		at += n
	}
	if at == len(text) {
		return
	}
	if r.dummyPrefix {
		w.put(marker, at)
	}
	afterSpace := r.collapse
	for at < len(text) {
		if c := text[at]; c < utf8.RuneSelf && c != ' ' && r.charsmap.plain[c] && (at+1 == len(text) || text[at+1] < utf8.RuneSelf) {
			w.norm, w.src = append(w.norm, c), append(w.src, int32(at))
			afterSpace = false
			at++
			continue
		}
		n, piece := r.next(text[at:])
		if afterSpace {
			piece = strings.TrimLeft(piece, " ")
		}
		if piece != "" {
			w.putMarked(piece, at)
			afterSpace = piece[len(piece)-1] == ' '
		}
		afterSpace = afterSpace && r.collapse
		at += n
	}
	if r.collapse {
		for strings.HasSuffix(string(w.norm[max(0, len(w.norm)-len(marker)):]), marker) {
			cut := len(w.norm) - len(marker)
			at = int(w.src[cut])
			w.norm, w.src = w.norm[:cut], w.src[:cut]
		}
	}
	w.src = append(w.src, int32(at))
}

// next normalises the stretch that text begins with: its length and what it becomes.
func (r *spmRule) next(text string) (int, string) {
	if n, replacement := r.charsmap.longest(text); n > 0 {
		return n, replacement
	}
	c, n := utf8.DecodeRuneInString(text)
	if c == utf8.RuneError && n == 1 {
		return 1, "\uFFFD"
	}
	return n, text[:n]
}

// put appends s, all of it coming from position at.
func (w *work) put(s string, at int) {
	w.norm = append(w.norm, s...)
	for range len(s) {
		w.src = append(w.src, int32(at))
	}
}

// putMarked appends s with markers for its spaces.
func (w *work) putMarked(s string, at int) {
	for {
		space := strings.IndexByte(s, ' ')
		if space < 0 {
			w.put(s, at)
			return
		}
		w.put(s[:space], at)
		w.put(marker, at)
		s = s[space+1:]
	}
}

func (r *spmRule) oneWord() bool { return false }

func (r *spmRule) opensWithMarker() bool { return r.dummyPrefix || r.collapse }
