package xglm

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"xpt/checkpoints"
	"xpt/internal/memory"
	"xpt/internal/random"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// initial returns the values that HuggingFace initialises a weight with, one a call, in row-major
// order from element number at on: matrices from N(0, init_std), the padding row and biases zero,
// layer norms one.
func (c Config) initial(t TensorSpec, at int, rng *rand.Rand) func() float32 {
	switch {
	case len(t.Shape) == 1 && strings.HasSuffix(t.Name, "layer_norm.weight"):
		return func() float32 { return 1 }
	case len(t.Shape) == 1:
		return func() float32 { return 0 }
	}
	from, to := 0, 0 // of the padding row
	if t.Name == checkpoints.EmbedTokens && c.PadTokenID != NoToken {
		from = int(c.PadTokenID) * c.DModel
		to = from + c.DModel
	}
	return func() float32 {
		value := float32(rng.NormFloat64() * c.InitStd)
		if from <= at && at < to {
			value = 0
		}
		at++
		return value
	}
}

// New makes an untrained model as HuggingFace initialises one.
func New(config Config, rng *rand.Rand, o Options) (*Model, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, err
	}
	if err := config.validate(); err != nil {
		return nil, err
	}
	if err := memory.Check(4*int64(config.Parameters()), "a model of random weights of this config.json"); err != nil {
		return nil, usererror.Of(err)
	}
	m, err := newModel(config, o, !config.TieWordEmbeddings, func(spec TensorSpec) (w *libtorch.Tensor, err error) {
		values := make([]float32, spec.Elements())
		next := config.initial(spec, 0, rng)
		for i := range values {
			values[i] = next()
		}
		err = libtorch.NoGrad(o.Device, func(s *libtorch.Scope) (err error) {
			w, err = libtorch.NewParameter(s.Floats(values, spec.Shape...))
			return err
		})
		return w, err
	})
	if err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// WriteRandom writes an untrained checkpoint into the folder dir, in HuggingFace's layout and as it
// initialises one: model.safetensors in dtype, then config.json, so that where that is the folder
// is whole. The weights are streamed to the file: a model of any size needs no memory. They depend
// on the seed alone, not on how many cores draw them.
func WriteRandom(ctx context.Context, dir string, config Config, seed uint64, dtype checkpoints.DType) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var tensors []checkpoints.TensorWriter
	for i, spec := range config.Tensors() {
		block := func(n, size int) (checkpoints.Tensor, error) {
			return drawn(size, dtype, config.initial(spec, n*blockValues, random.Seed(seed).Stream("weights", i+n<<20)))
		}
		tensors = append(tensors, checkpoints.TensorWriter{Name: spec.Name, DType: dtype, Shape: spec.Shape, Write: func(w io.Writer) error {
			return writeBlocks(ctx, w, spec.Elements(), block)
		}})
	}
	if err := checkpoints.WriteSafetensors(filepath.Join(dir, "model.safetensors"), tensors, nil); err != nil {
		return err
	}
	config.DType = dtype.Torch()
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(filepath.Join(dir, "config.json"), append(text, '\n'))
}

// blockValues is how many values of a tensor one stream of random numbers gives.
const blockValues = 1 << 20

// writeBlocks writes n values, the blocks of a tensor in their order, drawing as many at a time as
// there are cores.
func writeBlocks(ctx context.Context, w io.Writer, n int, draw func(block, size int) (checkpoints.Tensor, error)) error {
	blocks := make([]checkpoints.Tensor, min(runtime.GOMAXPROCS(0), (n+blockValues-1)/blockValues))
	errs := make([]error, len(blocks))
	for first := 0; first*blockValues < n; first += len(blocks) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var drawing sync.WaitGroup
		for k := range blocks {
			size := min(blockValues, max(0, n-(first+k)*blockValues))
			drawing.Go(func() { blocks[k], errs[k] = draw(first+k, size) })
		}
		drawing.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		for _, b := range blocks {
			if _, err := w.Write(b.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// drawn has the next n values, in dtype.
func drawn(n int, dtype checkpoints.DType, next func() float32) (checkpoints.Tensor, error) {
	values := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(values[4*i:], math.Float32bits(next()))
	}
	return checkpoints.Tensor{DType: checkpoints.F32, Shape: []int{n}, Data: values}.As(dtype)
}
