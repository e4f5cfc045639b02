package tokenize

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// hfNormalizer is the way of Hugging Face's tokenizers: the normaliser steps of tokenizer.json and the markers of Metaspace.
type hfNormalizer struct {
	charsmap *charsmap // of Precompiled, the first step; nil without it
	steps    []hfStep  // those after it
	prepend  prependScheme
}

// hfStep rewrites w.norm and w.src.
type hfStep func(w *work)

// prependScheme says when Metaspace puts a marker before a text.
type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first" // where the text's own first character is kept
	prependNever  prependScheme = "never"
)

func (n *hfNormalizer) normalize(w *work, text string, first bool) {
	if n.charsmap != nil {
		w.precompiled(text, n.charsmap)
	} else {
		w.copy(text)
	}
	for _, step := range n.steps {
		step(w)
	}
	if len(w.norm) == 0 {
		return
	}
	w.replaceSpaces(1, marker)
	prepend := n.prepend == prependAlways || n.prepend == prependFirst && first && w.src[0] == 0
	if prepend && !bytes.HasPrefix(w.norm, []byte(marker)) {
		w.norm = slices.Insert(w.norm, 0, []byte(marker)...)
		w.src = slices.Insert(w.src, 0, w.src[0], w.src[0], w.src[0])
	}
}

// copy makes the normalised text a copy of the text, with U+FFFD for each byte that is not UTF-8.
func (w *work) copy(text string) {
	for at := 0; at < len(text); {
		c, width := utf8.DecodeRuneInString(text[at:])
		w.putRune(c, int32(at))
		at += width
	}
}

func (w *work) putRune(c rune, at int32) {
	if c < utf8.RuneSelf {
		w.norm, w.src = append(w.norm, byte(c)), append(w.src, at)
		return
	}
	before := len(w.norm)
	w.norm = utf8.AppendRune(w.norm, c)
	for range len(w.norm) - before {
		w.src = append(w.src, at)
	}
}
