package checkpoints

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// maxIndex limits the bytes of an index; that of the largest XGLM has 60 KB.
const maxIndex = 2 << 20

// addShards adds the tensors of an index, each from its shard.
func (c *Checkpoint) addShards(path string) error {
	data, err := regular.ReadFile(path, maxIndex)
	if err != nil {
		return err
	}
	files, err := parseIndex(data)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := c.addFile(filepath.Join(filepath.Dir(path), file), files[file]); err != nil {
			return err
		}
		for name := range files[file] {
			if c.entries[name] == nil {
				return usererror.Errorf("%s: %q is said to be in %s, which does not have it", path, name, file)
			}
		}
	}
	return nil
}

// parseIndex parses an index of shards and returns the tensor names of each file.
func parseIndex(data []byte) (map[string]map[string]bool, error) {
	var index struct {
		WeightMap map[string]string `json:"weight_map"`
	}
	if err := jsonfile.Unmarshal(data, &index); err != nil {
		return nil, fmt.Errorf("index of shards: %w", err)
	}
	if len(index.WeightMap) == 0 {
		return nil, usererror.New("index of shards: no weight_map, or an empty one")
	}
	files := map[string]map[string]bool{}
	for name, file := range index.WeightMap {
		if file == "" || file == "." || file == ".." || filepath.Base(file) != file {
			return nil, usererror.Errorf("index of shards: %q is in %q, which is not a file beside the index", name, file)
		}
		if files[file] == nil {
			files[file] = map[string]bool{}
		}
		files[file][name] = true
	}
	return files, nil
}
