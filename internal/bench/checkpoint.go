package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/internal/disk"
	"xpt/internal/usererror"
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

// randomIn is the folder below dir of a checkpoint with random weights, and an error unless it is whole.
func randomIn(dir, shape, dtype string) (folder string, err error) {
	folder = filepath.Join(dir, strings.ToLower(shape)+"-"+dtype)
	_, err = xglm.LoadConfig(folder)
	return folder, err
}

// Random returns the folder below dir of a checkpoint with random weights, in HuggingFace's layout, and writes it if it is
// missing.
func Random(ctx context.Context, dir, shape, dtype string) (string, error) {
	config, err := Shape(shape)
	if err != nil {
		return "", err
	}
	folder, missing := randomIn(dir, shape, dtype)
	if missing == nil {
		return folder, nil
	}
	file, err := checkpoints.ParseDType(dtype)
	if err == nil {
		err = hasRoom(dir, int64(config.Parameters())*int64(file.Size()))
	}
	if err == nil {
		err = xglm.WriteRandom(ctx, folder, config, 0, file)
	}
	if err != nil {
		return "", fmt.Errorf("a random checkpoint in %s: %w", folder, err)
	}
	return folder, nil
}

// hasRoom returns an error if the disk of dir has fewer bytes free.
func hasRoom(dir string, bytes int64) error {
	if free, said, err := disk.Free(dir); err == nil && said && free < float64(bytes) {
		return usererror.Errorf("it takes %.1f GB, and %.1f GB are free there: make room, or set XDG_CACHE_HOME to a folder on another disk", float64(bytes)/1e9, free/1e9)
	}
	return nil
}
