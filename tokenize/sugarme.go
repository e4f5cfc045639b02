package tokenize

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"github.com/sugarme/tokenizer"
	sugarme "github.com/sugarme/tokenizer/normalizer"
)

// Sugarme makes a Tokenizer the model and the pre-tokenizer of github.com/sugarme/tokenizer, without a normaliser:
//
//	tk := tokenizer.NewTokenizer(t.Sugarme())
//	tk.WithPreTokenizer(t.Sugarme())
//
// The pre-tokenizer normalises with alignments, and under rule hf splits words; SentencePiece needs the whole text. The
// library is slow; [Tokenizer.EncodeAll] is fast.
func (t *Tokenizer) Sugarme() Sugarme { return Sugarme{t} }

// Sugarme is a Tokenizer as that library's Model and PreTokenizer.
type Sugarme struct{ t *Tokenizer }

var (
	_ tokenizer.Model        = Sugarme{}
	_ tokenizer.PreTokenizer = Sugarme{}
)

// PreTokenize replaces each split by its normalised words.
func (s Sugarme) PreTokenize(p *tokenizer.PreTokenizedString) (*tokenizer.PreTokenizedString, error) {
	return p.Split(func(_ int, n *sugarme.NormalizedString) []tokenizer.SplitIdx { return s.words(n) }), nil
}

// words normalises the text of n, which no normaliser has changed.
func (s Sugarme) words(n *sugarme.NormalizedString) []tokenizer.SplitIdx {
	text := n.GetNormalized()
	w := s.t.borrow()
	defer s.t.works.Put(w)
	shift := n.OffsetsOriginal()[0]
	w.norm, w.src = w.norm[:0], w.src[:0]
	s.t.normalizer.normalize(w, text, shift == 0)
	var out []tokenizer.SplitIdx
	for start := 0; start < len(w.norm); {
		end := len(w.norm)
		if s.t.wordwise {
			end = wordEnd(w.norm, start)
		}
		alignments := make([][]int, 0, end-start)
		for i := start; i < end; i++ {
			alignments = append(alignments, []int{int(w.src[i]), int(s.t.srcEnd(w, text, int32(i+1)))})
		}
		word := sugarme.NewNormalizedString(text, string(w.norm[start:end]), alignments, nil, shift)
		out = append(out, tokenizer.SplitIdx{Normalized: word})
		start = end
	}
	return out
}

// Tokenize returns the tokens of a normalised word, with byte offsets.
func (s Sugarme) Tokenize(sequence string) ([]tokenizer.Token, error) {
	if !utf8.ValidString(sequence) {
		return nil, errors.New("tokenize: a word is not UTF-8: Sugarme must be the pre-tokenizer too")
	}
	w := s.t.borrow()
	defer s.t.works.Put(w)
	w.tokens = w.tokens[:0]
	s.t.lattice.best(w, []byte(sequence), 0)
	tokens := make([]tokenizer.Token, len(w.tokens))
	for i, t := range w.tokens {
		tokens[i] = tokenizer.NewToken(int(t.id), sequence[t.start:t.end], []int{int(t.start), int(t.end)})
	}
	return tokens, nil
}

// TokenToId returns the id of a piece.
func (s Sugarme) TokenToId(token string) (int, bool) { return s.t.ID(token) }

// IdToToken returns the piece of an id.
func (s Sugarme) IdToToken(id int) (string, bool) { return s.t.Piece(id) }

// GetVocab returns the ids of all pieces.
func (s Sugarme) GetVocab() map[string]int {
	vocab := make(map[string]int, s.t.VocabSize())
	for id, piece := range s.t.vocab.pieces {
		vocab[piece] = id
	}
	return vocab
}

// GetVocabSize counts the ids.
func (s Sugarme) GetVocabSize() int { return s.t.VocabSize() }

// Save writes the library's format of a Unigram model, unigram.json or PREFIX-unigram.json, to a folder.
func (s Sugarme) Save(dir string, prefix ...string) error {
	vocab := make([][2]any, s.t.VocabSize())
	for id, piece := range s.t.vocab.pieces {
		vocab[id] = [2]any{piece, s.t.vocab.scores[id]}
	}
	data, err := json.Marshal(map[string]any{"type": "Unigram", "unk_id": UNK, "vocab": vocab})
	if err != nil {
		return fmt.Errorf("tokenize: save: %w", err)
	}
	name := "unigram.json"
	if i := slices.IndexFunc(prefix, func(p string) bool { return p != "" }); i >= 0 {
		name = prefix[i] + "-" + name
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		return fmt.Errorf("tokenize: save: %w", err)
	}
	return nil
}
