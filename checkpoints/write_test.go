package checkpoints

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestWritesAsHF checks that writing what was read gives HF's own file, byte for byte.
func TestWritesAsHF(t *testing.T) {
	for _, file := range []string{"sorts.safetensors", "xglm/safetensors/model.safetensors"} {
		c := open(t, OpenFile, file)
		var tensors []TensorWriter
		for _, name := range c.Names() {
			tensor, err := c.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			tensors = append(tensors, tensor.Writer())
		}
		path := filepath.Join(t.TempDir(), "out.safetensors")
		if err := WriteSafetensors(path, tensors, nil); err != nil {
			t.Fatal(err)
		}
		got, _ := os.ReadFile(path)
		want, _ := os.ReadFile(filepath.Join(fixtures, file))
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes written differ from HF's %d", file, len(got), len(want))
		}
	}
}

// TestWriteFailsWhole checks that a failed write leaves neither the file nor a
// temporary one.
func TestWriteFailsWhole(t *testing.T) {
	short := Tensor{Name: "a", DType: F32, Shape: []int{2}, Data: make([]byte, 4)}
	whole := Tensor{Name: "a", DType: F32, Shape: []int{1}, Data: make([]byte, 4)}
	for name, tensors := range map[string][]TensorWriter{
		"short": {short.Writer()},
		"twice": {whole.Writer(), whole.Writer()},
		"dtype": {{Name: "a"}},
	} {
		folder := t.TempDir()
		if err := WriteSafetensors(filepath.Join(folder, "out.safetensors"), tensors, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
		if left, _ := os.ReadDir(folder); len(left) != 0 {
			t.Errorf("%s: left %v", name, left)
		}
	}
}
