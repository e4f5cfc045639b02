package checkpoints

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// TensorWriter is a tensor to be written: its header, and a function that writes its little-endian bytes.
type TensorWriter struct {
	Name  string
	DType DType
	Shape []int
	Write func(io.Writer) error
}

// Writer is the TensorWriter of a tensor in memory.
func (t Tensor) Writer() TensorWriter {
	return TensorWriter{Name: t.Name, DType: t.DType, Shape: t.Shape, Write: func(w io.Writer) error {
		_, err := w.Write(t.Data)
		return err
	}}
}

func writers(tensors []Tensor) []TensorWriter {
	out := make([]TensorWriter, len(tensors))
	for i, t := range tensors {
		out[i] = t.Writer()
	}
	return out
}

// WriteSafetensors writes a safetensors file atomically, with the same bytes as HF's library: wider types first, then by name,
// the header padded to 8 bytes. Nil metadata is {"format": "pt"}, which HF's loaders require. Tensors are written one after
// another.
func WriteSafetensors(path string, tensors []TensorWriter, metadata map[string]string) error {
	header, ordered, err := encodeHeader(tensors, metadata)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writeAtomic(path, func(f *os.File) error {
		if _, err := f.Write(header); err != nil {
			return err
		}
		for _, t := range ordered {
			size, _ := byteSize(t.DType, t.Shape) // checked with the header
			counter := &countingWriter{w: f}
			if err := t.Write(counter); err != nil {
				return fmt.Errorf("%s: tensor %q: %w", path, t.Name, err)
			}
			if counter.n != int64(size) {
				return fmt.Errorf("%s: tensor %q: %d bytes written, its shape takes %d", path, t.Name, counter.n, size)
			}
		}
		return nil
	})
}

// encodeHeader returns the header, preceded by its length, and the tensors in the order of the file.
func encodeHeader(tensors []TensorWriter, metadata map[string]string) ([]byte, []TensorWriter, error) {
	if metadata == nil {
		metadata = map[string]string{"format": "pt"}
	}
	ordered := slices.Clone(tensors)
	slices.SortFunc(ordered, func(a, b TensorWriter) int {
		return cmp.Or(cmp.Compare(b.DType, a.DType), cmp.Compare(a.Name, b.Name))
	})
	var out bytes.Buffer
	out.Write(make([]byte, 8))
	out.WriteString(`{"__metadata__":`)
	out.Write(marshal(metadata))
	seen, end := map[string]bool{"__metadata__": true}, 0
	for _, t := range ordered {
		if t.DType.Size() == 0 || seen[t.Name] {
			return nil, nil, fmt.Errorf("tensor %q: no dtype, or a name used twice", t.Name)
		}
		seen[t.Name] = true
		size, err := byteSize(t.DType, t.Shape)
		if err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		shape := append([]int{}, t.Shape...) // [] and not null for a scalar
		fmt.Fprintf(&out, `,%s:{"dtype":"%v","shape":%s,"data_offsets":[%d,%d]}`, marshal(t.Name), t.DType, marshal(shape), end, end+size)
		end += size
	}
	out.WriteByte('}')
	for out.Len()%8 != 0 {
		out.WriteByte(' ')
	}
	header := out.Bytes()
	binary.LittleEndian.PutUint64(header, uint64(len(header)-8))
	return header, ordered, nil
}

// marshal encodes strings, numbers and maps of strings, which cannot fail, on one line.
func marshal(v any) []byte {
	out, _ := encodeJSON(v, "")
	return bytes.TrimRight(out, "\n")
}

type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
