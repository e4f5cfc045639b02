package tokenize

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// spmNormalizer is SentencePiece's normaliser: longest match in the charsmap, collapsed white space.
type spmNormalizer struct {
	charsmap    *charsmap
	dummyPrefix bool // a marker before the text
	collapse    bool // remove_extra_whitespaces
}

// normalize fills w.norm, and w.src with the position of the part of the text that each byte comes from, and the end.
func (n *spmNormalizer) normalize(w *work, text string, _ bool) {
	at := 0
	for n.collapse && at < len(text) {
		size, piece := n.next(text[at:])
		if piece != " " {
			break
		}
		at += size
	}
	if at == len(text) {
		w.src = append(w.src, int32(at))
		return
	}
	if n.dummyPrefix {
		w.put(marker, at)
	}
	afterSpace := n.collapse
	for at < len(text) {
		if c := text[at]; c < utf8.RuneSelf && c != ' ' && n.charsmap.plain[c] && (at+1 == len(text) || text[at+1] < utf8.RuneSelf) {
			w.norm, w.src = append(w.norm, c), append(w.src, int32(at))
			afterSpace = false
			at++
			continue
		}
		size, piece := n.next(text[at:])
		if afterSpace {
			piece = strings.TrimLeft(piece, " ")
		}
		if piece != "" {
			w.putMarked(piece, at)
			afterSpace = piece[len(piece)-1] == ' '
		}
		afterSpace = afterSpace && n.collapse
		at += size
	}
	if n.collapse {
		for bytes.HasSuffix(w.norm, []byte(marker)) {
			cut := len(w.norm) - len(marker)
			at = int(w.src[cut])
			w.norm, w.src = w.norm[:cut], w.src[:cut]
		}
	}
	w.src = append(w.src, int32(at))
}

// next returns the length of the next part of the text and its replacement.
func (n *spmNormalizer) next(text string) (int, string) {
	if size, replacement := n.charsmap.longest(text); size > 0 {
		return size, replacement
	}
	c, size := utf8.DecodeRuneInString(text)
	if c == utf8.RuneError && size == 1 {
		return 1, "\uFFFD"
	}
	return size, text[:size]
}

// put appends s, aligned with position at.
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
