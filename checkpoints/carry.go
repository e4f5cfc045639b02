package checkpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
)

// carriedFiles are what belongs to a checkpoint beside its weights.
var carriedFiles = []string{
	"config.json",
	"generation_config.json",
	"sentencepiece.bpe.model",
	"tokenizer.json",
	"tokenizer_config.json",
	"special_tokens_map.json",
	"added_tokens.json",
}

// maxCarried bounds a carried file; the tokenizer.json of XGLM has 17 MB.
const maxCarried = 64 << 20

// carry copies the config and tokenizer files from beside the source's weights
// and returns their names. A new dtype is noted in config.json, since HF loads in
// the type that stands there.
func carry(source, folder string, dtype DType) ([]string, error) {
	if info, err := os.Stat(source); err == nil && !info.IsDir() {
		source = filepath.Dir(source)
	}
	var carried []string
	for _, name := range carriedFiles {
		data, err := regular.ReadFile(filepath.Join(source, name), maxCarried)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && name == "config.json" && dtype != 0 {
			data, err = withDType(data, dtype)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := WriteFile(filepath.Join(folder, name), data); err != nil {
			return nil, err
		}
		carried = append(carried, name)
	}
	return carried, nil
}

// withDType sets the type in a config.json: under "dtype" where it has that
// key, else under "torch_dtype", which every version of transformers reads.
func withDType(config []byte, dtype DType) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := jsonfile.Unmarshal(config, &fields); err != nil {
		return nil, err
	}
	key := "torch_dtype"
	if _, ok := fields["dtype"]; ok {
		key = "dtype"
	}
	fields[key] = marshal(dtype.Torch())
	return indented(fields)
}

// indented encodes as HF does: two spaces of indent, sorted keys, a line feed.
func indented(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
