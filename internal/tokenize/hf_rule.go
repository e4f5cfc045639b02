package tokenize

import (
	"bytes"
	"unicode/utf8"
)

// hfRule is the way of Hugging Face's tokenizers: the normaliser steps of tokenizer.json, Metaspace, and a lattice over each word.
type hfRule struct {
	steps   []hfStep
	prepend prependScheme
	split   bool // each marker begins a new word; else the whole text is one
	lattice lattice
}

// hfStep rewrites w.norm and w.src, which begin as the text itself.
type hfStep func(w *work, text string)

// prependScheme says when Metaspace puts a marker before a text.
type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first" // where the text's own first character is kept
	prependNever  prependScheme = "never"
)

func (r *hfRule) oneWord() bool { return !r.split }

func (r *hfRule) opensWithMarker() bool { return r.prepend != prependNever }

// end is the end of the character that the token's last byte comes from.
func (r *hfRule) end(w *work, text string, normEnd int32) int32 {
	at := w.src[normEnd-1]
	_, width := utf8.DecodeRuneInString(text[at:])
	return at + int32(width)
}

func (r *hfRule) segment(w *work, text string, first bool) {
	w.tokens = w.tokens[:0]
	w.reset(text)
	for _, step := range r.steps {
		step(w, text)
	}
	if len(w.norm) == 0 {
		return
	}
	w.replaceSpaces(1, marker)
	prepend := r.prepend == prependAlways || r.prepend == prependFirst && first && w.src[0] == 0
	if prepend && !bytes.HasPrefix(w.norm, []byte(marker)) {
		w.norm = append([]byte(marker), w.norm...)
		w.src = append([]int32{w.src[0], w.src[0], w.src[0]}, w.src...)
	}
	for start := 0; start < len(w.norm); {
		end := len(w.norm)
		if r.split {
			if next := bytes.Index(w.norm[start+1:], []byte(marker)); next >= 0 {
				end = start + 1 + next
			}
		}
		r.lattice.best(w, w.norm[start:end], int32(start))
		start = end
	}
}

// reset makes the normalised text a copy of the text, with U+FFFD for each byte that is not UTF-8.
func (w *work) reset(text string) {
	w.norm, w.src = w.norm[:0], w.src[:0]
	for at := 0; at < len(text); {
		c, width := utf8.DecodeRuneInString(text[at:])
		w.putRune(c, int32(at))
		at += width
	}
}

func (w *work) putRune(c rune, at int32) {
	before := len(w.norm)
	w.norm = utf8.AppendRune(w.norm, c)
	for range len(w.norm) - before {
		w.src = append(w.src, at)
	}
}
