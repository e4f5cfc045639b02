// Package tokenize converts text to XGLM's ids: an exact Unigram tokenizer with the model's normaliser.
//
// Two reference implementations of the same vocabulary differ on rare lines, so a Tokenizer follows one of them:
//
//	spm  SentencePiece on sentencepiece.bpe.model, each id plus one (XGLM moves <s> <pad> </s> <unk> to 0..3)
//	hf   Hugging Face's fast tokenizer of tokenizer.json, normalised by graphemes, one word at a time
//
// Specials spelled in a text are plain text, except for [Tokenizer.EncodeWithSpecials]. A Tokenizer is safe for concurrent use.
package tokenize

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"xpt/internal/usererror"
)

// The ids of XGLM's special tokens.
const (
	BOS = 0 // <s>
	PAD = 1 // <pad>
	EOS = 2 // </s>, before every text
	UNK = 3 // <unk>

	// FirstPiece is the first id of text.
	FirstPiece = 4
)

const (
	madeUpWords = 7   // <madeupword0..6> at the end of the vocabulary
	marker      = "▁" // U+2581 replaces a space
)

var specialPieces = [4]string{BOS: "<s>", PAD: "<pad>", EOS: "</s>", UNK: "<unk>"}

// Rule names the reference of a Tokenizer; the zero value is Auto.
type Rule string

const (
	Auto Rule = "auto" // spm with a SentencePiece model, else hf
	SPM  Rule = "spm"  // SentencePiece
	HF   Rule = "hf"   // Hugging Face tokenizers
)

// Tokenizer converts text to ids and back.
type Tokenizer struct {
	rule       Rule
	vocab      vocabulary
	normalizer normalizer
	lattice    lattice
	wordwise   bool // segments one word at a time
	oneWord    bool // a text is one word
	specials   specialTokens
	added      literals // matched in every text
	spelled    literals // added and specials
	works      sync.Pool

	// for Decode
	opened      bool   // the first marker of a text is not a space
	openedByAll bool   // nor are the markers after it, before other text
	unkSurface  string // text of an unknown
}

// normalizer fills w.norm and w.src; first is false for a later part of a text.
type normalizer interface {
	normalize(w *work, text string, first bool)
}

// token is a sub-token: its id and its bytes in the normalised text.
type token struct {
	id, start, end int32
}

// work is the scratch memory of a call.
type work struct {
	norm   []byte  // normalised text
	src    []int32 // source byte in the text of each normalised byte; under rule spm also the end
	ends   []ending
	tokens []token

	spareNorm []byte // buffers for steps that write a new norm and src
	spareSrc  []int32
}

// borrow returns scratch memory, to be returned with t.works.Put.
func (t *Tokenizer) borrow() *work {
	if w, ok := t.works.Get().(*work); ok {
		return w
	}
	return new(work)
}

// segment normalises a text and segments it.
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

// wordEnd is the end of the word that begins at start: the next marker.
func wordEnd(norm []byte, start int) int {
	if next := bytes.Index(norm[start+1:], []byte(marker)); next >= 0 {
		return start + 1 + next
	}
	return len(norm)
}

// srcEnd is the end in the text of a token that ends at normEnd: under spm the start of the next part, under hf the end of
// its last character.
func (t *Tokenizer) srcEnd(w *work, text string, normEnd int32) int32 {
	if t.rule == SPM {
		return w.src[normEnd]
	}
	at := w.src[normEnd-1]
	_, width := utf8.DecodeRuneInString(text[at:])
	return at + int32(width)
}

// Rule is SPM or HF.
func (t *Tokenizer) Rule() Rule { return t.rule }

// VocabSize counts all ids, including specials and <madeupword0..6>.
func (t *Tokenizer) VocabSize() int { return len(t.vocab.pieces) }

// CheckFits refuses a model whose embedding has fewer rows than there are ids. More rows are common.
func (t *Tokenizer) CheckFits(rows int) error {
	if ids := t.VocabSize(); ids > rows {
		return usererror.Errorf("the tokenizer has %d ids and the model's vocabulary %d: they do not belong together", ids, rows)
	}
	return nil
}

// Piece returns the piece of an id; ok is false for an unknown id.
func (t *Tokenizer) Piece(id int) (string, bool) {
	if id < 0 || id >= len(t.vocab.pieces) {
		return "", false
	}
	return t.vocab.pieces[id], true
}

// ID returns the id of a piece; ok is false for an unknown piece.
func (t *Tokenizer) ID(piece string) (int, bool) { return t.vocab.lookup(piece) }
