package tokenize

import (
	"errors"
	"fmt"
	"io"
	"math"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// spmModel is a SentencePiece model (sentencepiece_model.proto), with the file's ids.
type spmModel struct {
	pieces        []string
	scores        []float32
	types         []uint8
	modelType     uint64
	byteFallback  bool
	spaceAsSuffix bool
	unkSurface    string
	charsmap      string
	denormalizer  string
	dummyPrefix   bool
	collapse      bool
	escapesSpace  bool
}

// Piece types of sentencepiece_model.proto.
const (
	typeNormal  = 1
	typeUnknown = 2
	typeControl = 3
	typeUnused  = 5
)

const spmUnigram = 1 // TrainerSpec.ModelType

// parseSPM parses the protobuf; the pieces are substrings of data.
func parseSPM(data string) (*spmModel, error) {
	m := &spmModel{modelType: spmUnigram, unkSurface: " \u2047 ", dummyPrefix: true, collapse: true, escapesSpace: true}
	has := map[protowire.Number]bool{}
	err := fields(data, func(number protowire.Number, value string, _ uint64) error {
		has[number] = true
		switch number {
		case 1:
			return m.addPiece(value)
		case 2:
			return m.readTrainer(value)
		case 3:
			return m.readNormalizer(value)
		case 5:
			return fields(value, func(number protowire.Number, value string, _ uint64) error {
				if number == 2 {
					m.denormalizer = value
				}
				return nil
			})
		}
		return nil
	})
	if err == nil && len(m.pieces) == 0 {
		err = fmt.Errorf("no pieces in it")
	}
	if err == nil && !(has[2] && has[3]) { // cut between two pieces it is a model of fewer
		err = errors.New("no trainer_spec or no normalizer_spec behind its pieces: it is cut short: get it again")
	}
	if err != nil {
		return nil, fmt.Errorf("not a SentencePiece model: %w", err)
	}
	return m, nil
}

func (m *spmModel) addPiece(message string) error {
	piece, score, kind := "", uint64(0), uint64(typeNormal)
	err := fields(message, func(number protowire.Number, value string, v uint64) error {
		switch number {
		case 1:
			piece = value
		case 2:
			score = v
		case 3:
			kind = v
		}
		return nil
	})
	if len(m.pieces) == maxPieces {
		return errPieces
	}
	m.pieces = append(m.pieces, piece)
	m.scores = append(m.scores, math.Float32frombits(uint32(score)))
	m.types = append(m.types, uint8(min(kind, math.MaxUint8)))
	return err
}

func (m *spmModel) readTrainer(message string) error {
	return fields(message, func(number protowire.Number, value string, v uint64) error {
		switch number {
		case 3:
			m.modelType = v
		case 24:
			m.spaceAsSuffix = v != 0
		case 35:
			m.byteFallback = v != 0
		case 44:
			m.unkSurface = value
		}
		return nil
	})
}

func (m *spmModel) readNormalizer(message string) error {
	return fields(message, func(number protowire.Number, value string, v uint64) error {
		switch number {
		case 2:
			m.charsmap = value
		case 3:
			m.dummyPrefix = v != 0
		case 4:
			m.collapse = v != 0
		case 5:
			m.escapesSpace = v != 0
		}
		return nil
	})
}

// parseError converts an error of protowire.
func parseError(n int) error {
	if err := protowire.ParseError(n); !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return errors.New("it is cut short: get it again")
}

// fields calls f with each field of a protobuf message: value for length-delimited fields, v for others.
func fields(message string, f func(number protowire.Number, value string, v uint64) error) error {
	data := unsafe.Slice(unsafe.StringData(message), len(message)) // only read
	for at := 0; at < len(data); {
		number, kind, n := protowire.ConsumeTag(data[at:])
		if n < 0 {
			return fmt.Errorf("byte %d of a message: %w", at, parseError(n))
		}
		at += n
		var value string
		var v uint64
		switch kind {
		case protowire.BytesType:
			var b []byte
			if b, n = protowire.ConsumeBytes(data[at:]); n >= 0 {
				value = message[at+n-len(b) : at+n]
			}
		case protowire.Fixed32Type:
			var v32 uint32
			v32, n = protowire.ConsumeFixed32(data[at:])
			v = uint64(v32)
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(data[at:])
		default:
			n = protowire.ConsumeFieldValue(number, kind, data[at:])
		}
		if n < 0 {
			return fmt.Errorf("field %d at byte %d of a message: %w", number, at, parseError(n))
		}
		at += n
		if err := f(number, value, v); err != nil {
			return err
		}
	}
	return nil
}

// check refuses unsupported options, and a vocabulary that does not fit XGLM's ids.
func (m *spmModel) check() error {
	switch {
	case m.modelType != spmUnigram:
		names := map[uint64]string{2: "BPE", 3: "word", 4: "character"}
		return fmt.Errorf("the model is of type %d %s; only Unigram is implemented", m.modelType, names[m.modelType])
	case m.byteFallback:
		return fmt.Errorf("option byte_fallback is not implemented")
	case m.spaceAsSuffix:
		return fmt.Errorf("option treat_whitespace_as_suffix is not implemented")
	case m.denormalizer != "":
		return fmt.Errorf("option denormalizer_spec is not implemented")
	case !m.escapesSpace:
		return fmt.Errorf("option escape_whitespaces=false is not implemented")
	case len(m.pieces) < 3 || m.types[0] != typeUnknown || m.types[1] != typeControl || m.types[2] != typeControl:
		return fmt.Errorf("the first pieces are %q; XGLM's ids need <unk>, <s>, </s>", m.pieces[:min(3, len(m.pieces))])
	}
	for i, kind := range m.types {
		switch kind {
		case typeNormal, typeControl, typeUnused:
		case typeUnknown:
			if i != 0 {
				return fmt.Errorf("piece %d %q is a second unknown piece", i, m.pieces[i])
			}
		default:
			return fmt.Errorf("piece %d %q is of type %d; user-defined and byte pieces are not implemented", i, m.pieces[i], kind)
		}
	}
	return nil
}

// xglm returns the pieces and scores by XGLM's ids: <s> <pad> </s> <unk>, the model's pieces from the fourth, <madeupword0..6>.
func (m *spmModel) xglm() (pieces []string, scores []float64) {
	n := len(m.pieces) + 1 + madeUpWords
	pieces, scores = make([]string, 0, n), make([]float64, 4, n)
	pieces = append(append(pieces, specialPieces[:]...), m.pieces[3:]...)
	for _, s := range m.scores[3:] {
		scores = append(scores, float64(s))
	}
	for i := range madeUpWords {
		pieces = append(pieces, fmt.Sprintf("<madeupword%d>", i))
	}
	return pieces, scores[:n]
}

// tokenizer builds the tokenizer of SentencePiece's rule.
func (m *spmModel) tokenizer() (*Tokenizer, error) {
	pieces, scores := m.xglm()
	hidden := []int{BOS, PAD, EOS, UNK}
	lowest := math.Inf(1)
	for i, kind := range m.types[3:] {
		if kind == typeNormal {
			lowest = min(lowest, scores[i+4])
		} else {
			hidden = append(hidden, i+4)
		}
	}
	for i := range madeUpWords {
		hidden = append(hidden, len(pieces)-1-i)
	}
	v, err := newVocabulary(pieces, scores, hidden)
	if err != nil {
		return nil, err
	}
	chars, err := parseCharsmap(m.charsmap)
	if err != nil {
		return nil, err
	}
	unk := float64(float32(lowest) - unkPenalty)
	t := &Tokenizer{
		rule: SPM, vocab: v, specials: xglmSpecials(pieces), unkSurface: m.unkSurface,
		normalizer: &spmNormalizer{charsmap: chars, dummyPrefix: m.dummyPrefix, collapse: m.collapse},
		lattice:    lattice{trie: v.trie, scores: scores, unk: unk, single: true},
		opened:     m.dummyPrefix || m.collapse, openedByAll: m.collapse,
	}
	return t, t.add(nil)
}

// hfTokenizer builds the tokenizer of Hugging Face's converter: specials are ordinary pieces of score 0.
func (m *spmModel) hfTokenizer() (*Tokenizer, error) {
	pieces, scores := m.xglm()
	chars, err := parseCharsmap(m.charsmap)
	if err != nil {
		return nil, err
	}
	return newHFTokenizer(pieces, scores, &hfNormalizer{charsmap: chars, steps: []hfStep{replaceStep(" ")}}, metaspace{prependAlways, true})
}
