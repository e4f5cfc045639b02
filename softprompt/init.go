package softprompt

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// Init says what a prompt is before training; results depend much on it.
type Init struct {
	// Kind is one of InitKinds; empty: vocab of an input prompt, normal of a prefix.
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

// prefixStd is the spread of a "normal" prefix, BERT's customary 0.02.
const prefixStd = 0.02

// NewInput makes an input prompt of length vectors.
func NewInput(m *xglm.Model, length int, init Init, rng *rand.Rand) (Prompt, error) {
	init.Kind = cmp.Or(init.Kind, "vocab")
	embed := func(s *libtorch.Scope, ids []int) *libtorch.Tensor { return m.Embed(s, ids) }
	return input(initial(m, length, m.Config.DModel, init, rng, func() (float64, error) { return embeddingStd(m) }, embed))
}

// NewPrefix makes a KV prefix of length virtual tokens.
func NewPrefix(m *xglm.Model, length int, init Init, rng *rand.Rand) (Prompt, error) {
	init.Kind = cmp.Or(init.Kind, "normal")
	past := func(s *libtorch.Scope, ids []int) *libtorch.Tensor {
		return flatten(s, m.PastOf(s, m.Embed(s, ids), xglm.Mode{}))
	}
	return prefix(initial(m, length, prefixWidth(m), init, rng, func() (float64, error) { return prefixStd, nil }, past))
}

// initial fills [length, width]: std gives the spread of normal values, fromIDs what a row of tokens
// becomes.
func initial(m *xglm.Model, length, width int, init Init, rng *rand.Rand, std func() (float64, error), fromIDs func(*libtorch.Scope, []int) *libtorch.Tensor) (values, error) {
	if length < 1 {
		return nil, fmt.Errorf("a prompt has at least 1 virtual token, not %d", length)
	}
	x := make([]float32, length*width)
	var ids []int
	switch init.Kind {
	case "zero":
	case "normal":
		spread, err := std()
		if err != nil {
			return nil, err
		}
		for i := range x {
			x[i] = float32(rng.NormFloat64() * spread)
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
			x = fromIDs(s, ids).Float32s()
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return newDirect(m, x, length, width)
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
