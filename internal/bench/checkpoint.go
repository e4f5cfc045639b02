package bench

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/xglm"
)

// Shapes names the model shapes from small to large.
var Shapes = []string{"mini", "564M", "1.7B", "2.9B", "4.5B", "7.5B"}

// Shape is the config of a shape: mini, which has 10 million parameters, or a
// published size.
func Shape(name string) (xglm.Config, error) {
	for _, shape := range Shapes {
		if !strings.EqualFold(shape, name) {
			continue
		}
		if shape == "mini" {
			c := xglm.DefaultConfig()
			c.VocabSize, c.DModel, c.FFNDim, c.NumLayers, c.AttentionHeads, c.MaxPositionEmbeddings = 16008, 256, 1024, 8, 4, 512
			return c, nil
		}
		return xglm.Preset(shape)
	}
	return xglm.Config{}, fmt.Errorf("no shape %q: there are %s", name, strings.Join(Shapes, ", "))
}

// Random returns the folder of a checkpoint of random weights below dir, in
// HuggingFace's layout, and makes it where it is not there yet.
func Random(ctx context.Context, dir, shape, dtype string) (string, error) {
	config, err := Shape(shape)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, strings.ToLower(shape)+"-"+dtype)
	if _, err := xglm.LoadConfig(target); err == nil {
		return target, nil
	}
	if err := os.MkdirAll(target, 0o777); err != nil {
		return "", err
	}
	if err := writeRandom(ctx, target, config, dtype); err != nil {
		return "", fmt.Errorf("a random checkpoint in %s: %w", target, err)
	}
	return target, nil
}

// writeRandom streams the weights to the file, so that a model needs no memory.
// config.json comes last: where it is, the folder is whole.
func writeRandom(ctx context.Context, dir string, config xglm.Config, dtype string) error {
	file, err := checkpoints.ParseDType(dtype)
	if err != nil {
		return err
	}
	var tensors []checkpoints.TensorWriter
	for i, spec := range config.Tensors() {
		tensors = append(tensors, checkpoints.TensorWriter{Name: spec.Name, DType: file, Shape: spec.Shape, Write: func(w io.Writer) error {
			return writeTensor(ctx, w, spec, file, config.InitStd, i)
		}})
	}
	if err := checkpoints.WriteSafetensors(filepath.Join(dir, "model.safetensors"), tensors, nil); err != nil {
		return err
	}
	config.DType = dtype
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(filepath.Join(dir, "config.json"), append(text, '\n'))
}

// writeTensor writes N(0, std) for a matrix, ones for the weight of a norm and
// zeros for a bias.
func writeTensor(ctx context.Context, w io.Writer, spec xglm.TensorSpec, dtype checkpoints.DType, std float64, n int) error {
	rng := libtorch.Seed(0).Stream("weights", n)
	wide := make([]byte, 4<<20)
	for left := spec.Elements(); left > 0; {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		n := min(left, len(wide)/4)
		for i := range n {
			x := float32(0)
			switch {
			case len(spec.Shape) == 2:
				x = float32(rng.NormFloat64() * std)
			case strings.HasSuffix(spec.Name, "norm.weight"):
				x = 1
			}
			binary.LittleEndian.PutUint32(wide[4*i:], math.Float32bits(x))
		}
		part, err := checkpoints.Tensor{Name: spec.Name, DType: checkpoints.F32, Shape: []int{n}, Data: wide[:4*n]}.As(dtype)
		if err != nil {
			return err
		}
		if _, err := w.Write(part.Data); err != nil {
			return err
		}
		left -= n
	}
	return nil
}
