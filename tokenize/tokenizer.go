// Package tokenize turns text into XGLM's ids: an exact Unigram tokenizer with the model's own normaliser.
//
// Two references exist for the same vocabulary and they disagree on rare lines, so every Tokenizer states which one it follows:
//
//	spm  SentencePiece on sentencepiece.bpe.model, each id plus one (XGLM moves <s> <pad> </s> <unk> to 0..3)
//	hf   the fast tokenizer of Hugging Face as tokenizer.json describes it, normalised grapheme by grapheme, one word at a time
//
// Literal specials in a text are plain text ([Tokenizer.EncodeWithSpecials] reads them as specials). A Tokenizer may be used by many goroutines.
package tokenize

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"xpt/internal/usererror"
)

// The ids that XGLM gives its special tokens.
const (
	BOS = 0 // <s>
	PAD = 1 // <pad>
	EOS = 2 // </s>, which stands before every text
	UNK = 3 // <unk>

	// FirstPiece is the first id that stands for text.
	FirstPiece = 4
)

const (
	madeUpWords = 7   // <madeupword0..6> close the vocabulary
	marker      = "▁" // U+2581 stands for a space
)

var specialPieces = [4]string{BOS: "<s>", PAD: "<pad>", EOS: "</s>", UNK: "<unk>"}

// Rule names the reference a Tokenizer reproduces; the zero value is Auto.
type Rule string

const (
	Auto Rule = "auto" // spm where there is a SentencePiece model, else hf
	SPM  Rule = "spm"  // SentencePiece
	HF   Rule = "hf"   // Hugging Face tokenizers
)

// Tokenizer maps text to ids and back by one rule.
type Tokenizer struct {
	rule       Rule
	vocab      vocabulary
	normalizer normalizer
	lattice    lattice
	wordwise   bool // the lattice sees one word at a time
	oneWord    bool // a whole text is one word
	specials   specialTokens
	added      literals // that are looked for in every text
	spelled    literals // those, and the specials
	works      sync.Pool

	// for Decode
	opened      bool   // the marker that opens a text is no space of the text
	openedByAll bool   // nor are those after it, until there is text
	unkSurface  string // what an unknown leaves
}

// normalizer fills w.norm and w.src; first is false for a text that is a later part of a longer one.
type normalizer interface {
	normalize(w *work, text string, first bool)
}

// token is one sub-token: its id and its bytes in the normalised text.
type token struct {
	id, start, end int32
}

// work is the scratch memory of one call.
type work struct {
	norm   []byte  // normalised text
	src    []int32 // for each normalised byte the byte of the text it comes from; under rule spm one more for the end
	ends   []ending
	tokens []token

	spareNorm []byte // room for steps that write a new norm and src
	spareSrc  []int32
}

// borrow gives scratch memory, to be handed back with t.works.Put.
func (t *Tokenizer) borrow() *work {
	if w, ok := t.works.Get().(*work); ok {
		return w
	}
	return new(work)
}

// segment normalises a text and finds its tokens.
func (t *Tokenizer) segment(w *work, text string, first bool) {
	w.norm, w.src, w.tokens = w.norm[:0], w.src[:0], w.tokens[:0]
	t.normalizer.normalize(w, text, first)
	if !t.wordwise {
		t.lattice.best(w, w.norm, 0)
		return
	}
	for start := 0; start < len(w.norm); {
		end := wordEnd(w.norm, start)
		t.lattice.best(w, w.norm[start:end], int32(start))
		start = end
	}
}

// wordEnd is where the word that begins at start ends: at the next marker.
func wordEnd(norm []byte, start int) int {
	if next := bytes.Index(norm[start+1:], []byte(marker)); next >= 0 {
		return start + 1 + next
	}
	return len(norm)
}

// srcEnd is the byte of the text that a token ending at normEnd ends at: under spm where the next stretch begins, under hf the end of its last character.
func (t *Tokenizer) srcEnd(w *work, text string, normEnd int32) int32 {
	if t.rule == SPM {
		return w.src[normEnd]
	}
	at := w.src[normEnd-1]
	_, width := utf8.DecodeRuneInString(text[at:])
	return at + int32(width)
}

// Rule says which reference this tokenizer follows: SPM or HF.
func (t *Tokenizer) Rule() Rule { return t.rule }

// VocabSize counts all ids, specials and <madeupword0..6> included.
func (t *Tokenizer) VocabSize() int { return len(t.vocab.pieces) }

// CheckFits refuses a model whose embedding has fewer rows than there are ids. One with more is common: not all of its rows are tokens.
func (t *Tokenizer) CheckFits(rows int) error {
	if ids := t.VocabSize(); ids > rows {
		return usererror.Errorf("the tokenizer has %d ids and the model's vocabulary %d: they do not belong together", ids, rows)
	}
	return nil
}

// Piece gives the text of an id, and whether there is such an id.
func (t *Tokenizer) Piece(id int) (string, bool) {
	if id < 0 || id >= len(t.vocab.pieces) {
		return "", false
	}
	return t.vocab.pieces[id], true
}

// ID gives the id of a piece, and whether there is such a piece.
func (t *Tokenizer) ID(piece string) (int, bool) { return t.vocab.lookup(piece) }
