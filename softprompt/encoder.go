package softprompt

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"xpt/internal/memory"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// encoder is a prompt's reparametrisation: trained embeddings of the virtual
// tokens, [P, d], through an MLP whose output is the prompt. Only the output
// is needed once training is done. The shapes, the names and the
// initialisation are PEFT's: P_TUNING's MLP (d -> h -> h -> d, ReLU) for an
// input prompt, PREFIX_TUNING's projection (d -> h -> 2 L d, tanh) for a
// prefix.
type encoder struct {
	embedding xglm.Parameter // [P, d]
	layers    []linear
	tanh      bool
}

type linear struct{ weight, bias xglm.Parameter }

// NewEncodedInput makes an input prompt behind an MLP of hidden size hidden.
func NewEncodedInput(m *xglm.Model, length, hidden int, rng *rand.Rand) (Prompt, error) {
	d := m.Config.DModel
	return input(newEncoder(m, length, rng, "mlp_head", false, d, hidden, hidden, d))
}

// NewEncodedPrefix makes a KV prefix behind an MLP of hidden size hidden.
func NewEncodedPrefix(m *xglm.Model, length, hidden int, rng *rand.Rand) (Prompt, error) {
	return prefix(newEncoder(m, length, rng, "transform", true, m.Config.DModel, hidden, prefixWidth(m)))
}

// trainedBytes are those of a trained value: the float32, its gradient and AdamW's two moments.
const trainedBytes = 4 * 4

func newEncoder(m *xglm.Model, length int, rng *rand.Rand, name string, tanh bool, sizes ...int) (_ values, err error) {
	if least := slices.Min(sizes); length < 1 || least < 1 {
		return nil, fmt.Errorf("a prompt of %d virtual tokens behind an MLP of width %d: both are at least 1", length, least)
	}
	values := length * sizes[0]
	for i := range len(sizes) - 1 {
		values += (sizes[i] + 1) * sizes[i+1]
	}
	if err := memory.Check(trainedBytes*int64(values), fmt.Sprintf("an MLP of hidden size %d", sizes[1])); err != nil {
		return nil, usererror.Of(err)
	}
	e := &encoder{tanh: tanh}
	defer func() {
		if err != nil {
			e.Free()
		}
	}()
	random := func(name string, draw func() float64, shape ...int) (xglm.Parameter, error) {
		x := make([]float32, xglm.TensorSpec{Shape: shape}.Elements())
		for i := range x {
			x[i] = float32(draw())
		}
		t, err := parameter(m, x, shape...)
		return xglm.Parameter{Name: "prompt_encoder." + name, Tensor: t}, err
	}
	if e.embedding, err = random("embedding.weight", rng.NormFloat64, length, sizes[0]); err != nil {
		return nil, err
	}
	for i := range len(sizes) - 1 {
		in, out := sizes[i], sizes[i+1]
		bound := 1 / math.Sqrt(float64(in)) // torch.nn.Linear's
		uniform := func() float64 { return bound * (2*rng.Float64() - 1) }
		var l linear
		if l.weight, err = random(fmt.Sprintf("%s.%d.weight", name, 2*i), uniform, out, in); err != nil {
			return nil, err
		}
		e.layers = append(e.layers, l)
		if e.layers[i].bias, err = random(fmt.Sprintf("%s.%d.bias", name, 2*i), uniform, out); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (e *encoder) Values(s *libtorch.Scope) *libtorch.Tensor {
	x := e.embedding.Tensor
	for i, l := range e.layers {
		if i > 0 && e.tanh {
			x = s.Tanh(x)
		} else if i > 0 {
			x = s.ReLU(x)
		}
		x = s.Linear(x, l.weight.Tensor, l.bias.Tensor)
	}
	return x
}

func (e *encoder) Parameters() []xglm.Parameter {
	out := []xglm.Parameter{e.embedding}
	for _, l := range e.layers {
		out = append(out, l.weight, l.bias)
	}
	return out
}

func (e *encoder) Free() {
	for _, p := range e.Parameters() {
		p.Tensor.Free()
	}
}
