package softprompt

import (
	"fmt"
	"math"
	"math/rand/v2"

	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// Init says where a prompt starts, which decides much of where it ends.
type Init struct {
	// Kind is one of InitKinds.
	Kind string
	// Text holds the token ids that "text" starts from, repeated or cut to the
	// prompt's length.
	Text []int
}

// InitKinds lists the initialisations:
//
//	vocab   embeddings of sampled tokens (input), or the past they leave (prefix)
//	text    the same of a given text
//	normal  N(0, 0.02) (prefix), N(0, the embeddings' spread) (input)
//	zero    zeros
var InitKinds = []string{"vocab", "text", "normal", "zero"}

// normalStd is the spread of a "normal" prefix, BERT's customary 0.02.
const normalStd = 0.02

// NewInput makes an input prompt of length vectors.
func NewInput(m *xglm.Model, length int, init Init, rng *rand.Rand) (Prompt, error) {
	return initialise(m, length, init, rng, m.Config.DModel, func(s *libtorch.Scope, ids []int) *libtorch.Tensor {
		return m.Embed(s, ids)
	})
}

// NewPrefix makes a KV prefix of length virtual tokens.
func NewPrefix(m *xglm.Model, length int, init Init, rng *rand.Rand) (Prompt, error) {
	return initialise(m, length, init, rng, prefixWidth(m), func(s *libtorch.Scope, ids []int) *libtorch.Tensor {
		return flatten(s, m.PastOf(s, m.Embed(s, ids), xglm.Mode{}))
	})
}

// initialise fills [length, width]: fromIDs gives what a row of tokens becomes.
func initialise(m *xglm.Model, length int, init Init, rng *rand.Rand, width int, fromIDs func(*libtorch.Scope, []int) *libtorch.Tensor) (Prompt, error) {
	if length < 1 {
		return nil, fmt.Errorf("a prompt has at least 1 virtual token, not %d", length)
	}
	values := make([]float32, length*width)
	var ids []int
	switch init.Kind {
	case "zero":
	case "normal":
		std := normalStd
		if width == m.Config.DModel {
			var err error
			if std, err = embeddingStd(m); err != nil {
				return nil, err
			}
		}
		for i := range values {
			values[i] = float32(rng.NormFloat64() * std)
		}
	case "vocab":
		for range length {
			ids = append(ids, tokenize.FirstPiece+rng.IntN(m.Config.VocabSize-tokenize.FirstPiece))
		}
	case "text":
		if len(init.Text) == 0 {
			return nil, fmt.Errorf("initialisation from a text: the text is empty")
		}
		for i := range length {
			ids = append(ids, init.Text[i%len(init.Text)])
		}
	default:
		return nil, fmt.Errorf("unknown initialisation %q: there are %v", init.Kind, InitKinds)
	}
	if ids != nil {
		err := libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) error {
			values = fromIDs(s, ids).Float32s()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return From(m, values, []int{length, width})
}

// embeddingStd is the root mean square of the scaled embeddings of some tokens.
func embeddingStd(m *xglm.Model) (std float64, err error) {
	ids := make([]int, min(1000, m.Config.VocabSize-tokenize.FirstPiece))
	for i := range ids {
		ids[i] = tokenize.FirstPiece + i
	}
	err = libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) error {
		x := s.To(m.Embed(s, ids), m.Device(), libtorch.Float32)
		std = math.Sqrt(s.Mean(s.Mul(x, x)).Item())
		return nil
	})
	return std, err
}
