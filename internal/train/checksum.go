package train

import (
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"xpt/checkpoints"
)

// checksum is that of the tensors of a file, each under its name. Processors
// compute CRC-32C faster than memory is read; it finds damage, not malice.
type checksum map[string]uint32

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// of returns a writer of t that also notes its checksum.
func (c checksum) of(t checkpoints.TensorWriter) checkpoints.TensorWriter {
	write := t.Write
	t.Write = func(w io.Writer) error {
		h := crc32.New(castagnoli)
		err := write(io.MultiWriter(w, h))
		c[t.Name] = h.Sum32()
		return err
	}
	return t
}

func (c checksum) add(name string, data []byte) { c[name] = crc32.Checksum(data, castagnoli) }

func (c checksum) String() string {
	h := crc32.New(castagnoli)
	for _, name := range slices.Sorted(maps.Keys(c)) {
		fmt.Fprintf(h, "%s %08x\n", name, c[name])
	}
	return fmt.Sprintf("%08x", h.Sum32())
}
