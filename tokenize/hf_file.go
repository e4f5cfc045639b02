package tokenize

import (
	"errors"
	"fmt"
	"math"
)

// hfModel is the part of a tokenizer.json that this package uses. Truncation and padding are the caller's; the decoder is XGLM's.
type hfModel struct {
	pieces        []string
	scores        []float64
	modelType     string
	unkID         int
	byteFallback  bool
	normalizer    string // raw JSON
	preTokenizer  string
	postProcessor string
	addedTokens   string
}

func parseHF(text string) (*hfModel, error) {
	m := &hfModel{unkID: -1}
	r := &jsonReader{text: text}
	err := r.object(func(key string) (err error) {
		switch key {
		case "model":
			return m.readModel(r)
		case "normalizer":
			m.normalizer, err = r.raw()
		case "pre_tokenizer":
			m.preTokenizer, err = r.raw()
		case "added_tokens":
			m.addedTokens, err = r.raw()
		case "post_processor":
			m.postProcessor, err = r.raw()
		default:
			_, err = r.raw()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, m.check()
}

func (m *hfModel) readModel(r *jsonReader) error {
	return r.object(func(key string) (err error) {
		switch key {
		case "type":
			if m.modelType, err = r.string(); err == nil && m.modelType != "Unigram" {
				err = fmt.Errorf("the model is of type %s; only Unigram is implemented", m.modelType)
			}
		case "unk_id":
			return r.decode(key, &m.unkID)
		case "byte_fallback":
			return r.decode(key, &m.byteFallback)
		case "vocab":
			if r.peek() != '[' {
				return errors.New("the vocabulary is not a list of [piece, score]; only Unigram models are implemented")
			}
			return r.array(func() error { return m.readPiece(r) })
		default:
			_, err = r.raw()
		}
		return err
	})
}

func (m *hfModel) readPiece(r *jsonReader) error {
	if err := r.expect('['); err != nil {
		return err
	}
	piece, err := r.string()
	if err != nil {
		return err
	}
	if err := r.expect(','); err != nil {
		return err
	}
	score, err := r.number()
	if err != nil {
		return err
	}
	if len(m.pieces) == maxPieces {
		return errPieces
	}
	m.pieces, m.scores = append(m.pieces, piece), append(m.scores, score)
	return r.expect(']')
}

func (m *hfModel) check() error {
	switch {
	case m.modelType == "":
		return errors.New("it has no model")
	case m.byteFallback:
		return errors.New("option byte_fallback is not implemented")
	case m.unkID != UNK:
		return fmt.Errorf("unk_id is %d; XGLM's is %d", m.unkID, UNK)
	case len(m.pieces) < len(specialPieces) || [4]string(m.pieces[:4]) != specialPieces:
		return fmt.Errorf("the first pieces are %q; XGLM's are %q", m.pieces[:min(4, len(m.pieces))], specialPieces)
	}
	return checkPostProcessor(m.postProcessor)
}

// tokenizer builds the tokenizer of the file.
func (m *hfModel) tokenizer() (*Tokenizer, error) {
	norm, err := parseNormalizer(m.normalizer)
	if err != nil {
		return nil, err
	}
	words, err := parsePreTokenizer(m.preTokenizer)
	if err != nil {
		return nil, err
	}
	t, err := newHFTokenizer(m.pieces, m.scores, norm, words)
	if err != nil {
		return nil, err
	}
	added, err := addedTokens(m.addedTokens)
	if err != nil {
		return nil, err
	}
	return t, t.add(added)
}

// newHFTokenizer builds a tokenizer from its parts. All pieces can match text; the lowest score, also of specials, sets the
// unknown's.
func newHFTokenizer(pieces []string, scores []float64, norm *hfNormalizer, words metaspace) (*Tokenizer, error) {
	v, err := newVocabulary(pieces, scores, nil)
	if err != nil {
		return nil, err
	}
	lowest := math.Inf(1)
	for _, s := range scores {
		lowest = min(lowest, s)
	}
	norm.prepend = words.prepend
	t := &Tokenizer{
		rule: HF, vocab: v, specials: xglmSpecials(pieces),
		normalizer: norm,
		lattice:    lattice{trie: v.trie, scores: scores, unk: lowest - unkPenalty},
		wordwise:   words.split, oneWord: !words.split, opened: words.prepend != prependNever,
	}
	return t, t.add(nil)
}
