package tokenize

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// hfNormalizer is Hugging Face's normaliser: the steps of tokenizer.json and the markers of Metaspace.
type hfNormalizer struct {
	charsmap *charsmap // of the first step, Precompiled; nil without it
	steps    []hfStep  // the others
	prepend  prependScheme
}

// hfStep rewrites w.norm and w.src.
type hfStep func(w *work)

// prependScheme says when Metaspace prepends a marker.
type prependScheme string

const (
	prependAlways prependScheme = "always"
	prependFirst  prependScheme = "first" // only if the text's first character was kept
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

// copy copies the text to the normalised text, with U+FFFD for each invalid byte.
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
