package checkpoints

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"xpt/internal/jsonfile"
)

// maxHeader limits the bytes of a header; that of the largest XGLM with its optimizer's state has some 300 KB. The safetensors
// library allows 100 MB, which take half a minute to parse.
const maxHeader = 4 << 20

// parseSafetensors parses a safetensors file: 8 bytes of length, a JSON object, then the tensors without gaps
// (https://github.com/huggingface/safetensors#format).
func parseSafetensors(data []byte) (map[string]view, error) {
	if len(data) < 8 {
		return nil, errors.New("safetensors: shorter than the 8 bytes of a header length")
	}
	length := binary.LittleEndian.Uint64(data)
	if length > uint64(len(data)-8) {
		return nil, fmt.Errorf("safetensors: header of %d bytes in a file of %d: it is cut short or damaged", length, len(data))
	}
	if length > maxHeader {
		return nil, fmt.Errorf("safetensors: header of %d bytes, and no more than %d are read", length, maxHeader)
	}
	header, body := data[8:8+length], data[8+length:]
	if len(header) == 0 || header[0] != '{' || !utf8.Valid(header) {
		return nil, errors.New("safetensors: the header is not a JSON object in UTF-8")
	}
	infos, err := decodeHeader(header)
	if err != nil {
		return nil, fmt.Errorf("safetensors: header: %w", err)
	}
	views := make(map[string]view, len(infos))
	slices.SortFunc(infos, func(a, b headerInfo) int { return slices.Compare(a.offsets[:], b.offsets[:]) })
	if n := len(infos); n > 0 && infos[n-1].offsets[1] > len(body) {
		return nil, fmt.Errorf("safetensors: the file ends %d bytes before tensor %q does: it is cut short, get it again",
			infos[n-1].offsets[1]-len(body), infos[n-1].name)
	}
	end := 0
	for _, info := range infos {
		begin, next := info.offsets[0], info.offsets[1]
		if begin != end || next < begin || next > len(body) {
			return nil, fmt.Errorf("safetensors: tensor %q: offsets [%d, %d] after byte %d of %d: tensors must follow each other without holes",
				info.name, begin, next, end, len(body))
		}
		end = next
		view, err := contiguousView(info.dtype, info.shape, body[begin:next:next])
		if err != nil {
			return nil, fmt.Errorf("safetensors: tensor %q: %w", info.name, err)
		}
		views[info.name] = view
	}
	if end != len(body) {
		return nil, fmt.Errorf("safetensors: %d bytes after the last tensor", len(body)-end)
	}
	return views, nil
}

// Metadata returns the metadata in the header of the first file; other formats than safetensors have none.
func (c *Checkpoint) Metadata() (map[string]string, error) {
	var header struct {
		Metadata map[string]string `json:"__metadata__"`
	}
	data := c.files[0].data
	if _, err := parseSafetensors(data); err != nil {
		return nil, nil
	}
	err := json.Unmarshal(data[8:8+binary.LittleEndian.Uint64(data)], &header)
	return header.Metadata, err
}

type headerInfo struct {
	name    string
	dtype   DType
	shape   []int
	offsets [2]int
}

// decodeHeader parses the JSON object key by key, because a map would hide duplicate names.
func decodeHeader(header []byte) ([]headerInfo, error) {
	dec := json.NewDecoder(bytes.NewReader(header))
	if _, err := dec.Token(); err != nil { // the opening brace
		return nil, err
	}
	var infos []headerInfo
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // keys are always strings
		if seen[name] {
			return nil, fmt.Errorf("the name %q appears twice", name)
		}
		seen[name] = true
		if name == "__metadata__" {
			var metadata map[string]string
			if err := decodePart(dec, &metadata); err != nil {
				return nil, fmt.Errorf("__metadata__: %w", err)
			}
			continue
		}
		info, err := decodeInfo(dec)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		info.name = name
		infos = append(infos, info)
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("text after the JSON object")
	}
	return infos, nil
}

// decodePart decodes the next value, with clear errors.
func decodePart(dec *json.Decoder, into any) error {
	var part json.RawMessage
	if err := dec.Decode(&part); err != nil {
		return err
	}
	return jsonfile.UnmarshalPart(part, into)
}

func decodeInfo(dec *json.Decoder) (headerInfo, error) {
	var raw struct {
		DType   string   `json:"dtype"`
		Shape   []uint64 `json:"shape"`
		Offsets []uint64 `json:"data_offsets"`
	}
	if err := decodePart(dec, &raw); err != nil {
		return headerInfo{}, err
	}
	dtype, err := ParseDType(raw.DType)
	if err != nil || raw.DType != strings.ToUpper(raw.DType) {
		return headerInfo{}, fmt.Errorf("unknown or unsupported dtype %q", raw.DType)
	}
	if raw.Shape == nil || len(raw.Offsets) != 2 {
		return headerInfo{}, errors.New("needs a shape and two data_offsets")
	}
	info := headerInfo{dtype: dtype, shape: make([]int, len(raw.Shape))}
	for i, n := range raw.Shape {
		if n > math.MaxInt {
			return headerInfo{}, fmt.Errorf("shape %v overflows", raw.Shape)
		}
		info.shape[i] = int(n)
	}
	for i, n := range raw.Offsets {
		if n > math.MaxInt {
			return headerInfo{}, fmt.Errorf("data_offsets %v overflow", raw.Offsets)
		}
		info.offsets[i] = int(n)
	}
	return info, nil
}
