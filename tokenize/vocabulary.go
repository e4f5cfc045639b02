package tokenize

import (
	"unicode/utf8"

	"xpt/internal/usererror"
)

// vocabulary holds the pieces and scores by id, and the trie of the pieces that can match text.
type vocabulary struct {
	pieces []string
	scores []float64 // log-probabilities by id; SentencePiece's are float32 values
	trie   trie
	hidden map[string]int // pieces that never match text
}

const (
	maxPiece   = 4096    // bytes
	maxPieces  = 1 << 19 // XGLM has 256,000
	maxBytes   = 4 << 20 // of all pieces; XGLM's have less than half of it
	unkPenalty = 10      // an unknown's score below the lowest piece's, in both references
)

var errPieces = usererror.Errorf("more than the %d pieces that this tokenizer holds", maxPieces)

// newVocabulary builds the trie of all pieces except hidden ones, which only lookup finds.
func newVocabulary(pieces []string, scores []float64, hidden []int) (vocabulary, error) {
	v := vocabulary{pieces: pieces, scores: scores, hidden: make(map[string]int, len(hidden))}
	isHidden := make([]bool, len(pieces))
	for _, id := range hidden {
		isHidden[id] = true
		v.hidden[pieces[id]] = id
	}
	ids := make([]int32, 0, len(pieces)-len(hidden))
	bytes := 0
	for id, p := range pieces {
		if bytes += len(p); bytes > maxBytes {
			return v, usererror.Errorf("the pieces have more than %d bytes together, which no vocabulary of XGLM has", maxBytes)
		}
		if p == "" || len(p) > maxPiece || !utf8.ValidString(p) {
			return v, usererror.Errorf("piece %d %.20q is empty, longer than %d bytes or not UTF-8", id, p, maxPiece)
		}
		if s := scores[id]; s-s != 0 {
			return v, usererror.Errorf("piece %d %q has the score %v", id, p, s)
		}
		if !isHidden[id] {
			ids = append(ids, int32(id))
		}
	}
	var twice int32
	if v.trie, twice = buildTrie(pieces, ids); twice != noID {
		return v, usererror.Errorf("piece %q is defined twice", pieces[twice])
	}
	return v, nil
}

func (v *vocabulary) lookup(piece string) (int, bool) {
	if id, ok := v.hidden[piece]; ok {
		return id, true
	}
	if id := v.trie.find(piece); id != noID {
		return int(id), true
	}
	return 0, false
}
