package checkpoints

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
)

// carriedFiles are the files of a checkpoint besides its weights.
var carriedFiles = []string{
	"config.json",
	"generation_config.json",
	"sentencepiece.bpe.model",
	"tokenizer.json",
	"tokenizer_config.json",
	"special_tokens_map.json",
	"added_tokens.json",
}

// maxCarried limits the bytes of a carried file; the tokenizer.json of XGLM has 17 MB.
const maxCarried = 64 << 20

// carry copies the config and tokenizer files beside the source's weights and returns their names. It sets a new dtype in
// config.json, which is HF's default for loading.
func carry(source, folder string, dtype DType) ([]string, error) {
	source = ConfigFolder(source)
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

// withDType sets the type in a config.json: under "dtype" if the file has that key, else under "torch_dtype", which every
// version of transformers reads.
func withDType(config []byte, dtype DType) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := jsonfile.Unmarshal(config, &fields); err != nil {
		return nil, err
	}
	key := "torch_dtype"
	if _, ok := fields["dtype"]; ok {
		key = "dtype"
	}
	fields[key] = json.RawMessage(strconv.Quote(dtype.Torch()))
	return encodeJSON(fields, "  ")
}

// encodeJSON encodes as HF does: sorted keys, no escapes for HTML, a final line feed.
func encodeJSON(v any, indent string) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	err := enc.Encode(v)
	return out.Bytes(), err
}
