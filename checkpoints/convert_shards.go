package checkpoints

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
)

// writeShards writes the tensors in shards of at most MaxShardSize, with an index if there are several, and returns the
// files' names.
func (j *conversion) writeShards(folder string, tensors []planned, totals *Conversion) ([]string, error) {
	shards := split(tensors, j.options.MaxShardSize)
	var files []string
	weightMap := map[string]string{}
	for i, shard := range shards {
		file := "model.safetensors"
		if len(shards) > 1 {
			file = fmt.Sprintf("model-%05d-of-%05d.safetensors", i+1, len(shards))
		}
		files = append(files, file)
		var writers []TensorWriter
		for _, t := range shard {
			writers = append(writers, j.writer(t))
			weightMap[t.name] = file
		}
		if err := WriteSafetensors(filepath.Join(folder, file), writers, nil); err != nil {
			return nil, err
		}
	}
	if len(shards) == 1 {
		return files, nil
	}
	index, err := encodeJSON(map[string]any{
		"metadata":   map[string]int64{"total_size": totals.Bytes, "total_parameters": totals.Parameters},
		"weight_map": weightMap,
	}, "  ")
	if err != nil {
		return nil, err
	}
	file := "model.safetensors.index.json"
	return append(files, file), WriteFile(filepath.Join(folder, file), index)
}

// split fills shards in order; a tensor larger than the limit has its own shard.
func split(tensors []planned, limit int64) [][]planned {
	var shards [][]planned
	var size int64
	for _, t := range tensors {
		n := int64(t.bytes())
		if len(shards) == 0 || limit > 0 && size > 0 && size+n > limit {
			shards, size = append(shards, nil), 0
		}
		last := &shards[len(shards)-1]
		*last, size = append(*last, t), size+n
	}
	if len(shards) == 0 {
		return [][]planned{nil}
	}
	return shards
}

// compare compares a written tensor with its source.
func (j *conversion) compare(t planned, got view) error {
	if got.dtype != t.dtype || !slices.Equal(got.shape, t.from.shape) || len(got.stored) != t.bytes() {
		return fmt.Errorf("%v %v became %v %v", t.dtype, t.from.shape, got.dtype, got.shape)
	}
	from, err := t.values()
	if err != nil {
		return err
	}
	equal, err := from.equals(got, j.step)
	if err == nil && !equal {
		err = errors.New("the written values differ from the source's")
	}
	return err
}
