package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/xglm"
)

// Shapes are the names of the model shapes from small to large.
var Shapes = []string{"mini", "564M", "1.7B", "2.9B", "4.5B", "7.5B"}

// Shape is the config of a shape: mini (10 million parameters) or a published size.
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

// Random returns the folder below dir of a checkpoint with random weights, in HuggingFace's layout, and writes it if it is
// missing.
func Random(ctx context.Context, dir, shape, dtype string) (string, error) {
	config, err := Shape(shape)
	if err != nil {
		return "", err
	}
	target := filepath.Join(dir, strings.ToLower(shape)+"-"+dtype)
	if _, err := xglm.LoadConfig(target); err == nil {
		return target, nil
	}
	file, err := checkpoints.ParseDType(dtype)
	if err == nil {
		err = xglm.WriteRandom(ctx, target, config, 0, file)
	}
	if err != nil {
		return "", fmt.Errorf("a random checkpoint in %s: %w", target, err)
	}
	return target, nil
}
