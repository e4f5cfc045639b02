package checkpoints

import (
	"archive/zip"
	"os"
	"path/filepath"
	"testing"
)

// sparse leaves holes in a file where large blocks, all zeros, are written.
type sparse struct{ *os.File }

func (s sparse) Write(p []byte) (int, error) {
	if len(p) < 1<<20 {
		return s.File.Write(p)
	}
	_, err := s.Seek(int64(len(p)), 1)
	return len(p), err
}

// TestReadsZip64 reads a stored entry above 4 GiB and one that begins beyond
// 4 GiB, in a file that is mostly a hole.
func TestReadsZip64(t *testing.T) {
	const large = 1<<32 + 1<<20
	path := filepath.Join(t.TempDir(), "large.bin")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(sparse{f})
	tensor := func(name, storage, numel string) string {
		return "U\x01" + name + "ctorch._utils\n_rebuild_tensor_v2\n((U\x07storagectorch\nByteStorage\nU\x01" + storage + "U\x03cpu" + numel + "tQK\x00" +
			numel + "\x85K\x01\x85\x89}tRs"
	}
	pickled := proto2 + "}" + tensor("a", "0", number(large)) + tensor("b", "1", "K\x03") + "."
	for _, entry := range []struct {
		name, data string
		size       uint64
	}{{"x/data.pkl", pickled, uint64(len(pickled))}, {"x/data/0", "", large}, {"x/data/1", "abc", 3}} {
		out, err := w.CreateRaw(&zip.FileHeader{Name: entry.name, Method: zip.Store, UncompressedSize64: entry.size, CompressedSize64: entry.size})
		if err != nil {
			t.Fatal(err)
		}
		if entry.size != large {
			out.Write([]byte(entry.data))
			continue
		}
		w.Flush()
		zeros := make([]byte, 1<<20)
		for range large / len(zeros) {
			out.Write(zeros)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := c.Tensor("a")
	if err != nil || a.Elements() != large || a.Data[large-1] != 0 {
		t.Errorf("%d elements, %v", a.Elements(), err)
	}
	if b, err := c.Tensor("b"); err != nil || string(b.Data) != "abc" {
		t.Errorf("%q, %v", b.Data, err)
	}
}
