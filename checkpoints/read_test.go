package checkpoints

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const fixtures = "../testdata/checkpoints"

type described struct {
	DType  string
	Shape  []int
	Values []string
}

// TestReadsEverySort reads one state dict, with every element type and kind of
// view, in every format.
func TestReadsEverySort(t *testing.T) {
	for file, list := range map[string]string{
		"sorts_p2.bin": "sorts.json", "sorts_p3.bin": "sorts.json", "sorts_p4.bin": "sorts.json", "sorts_p5.bin": "sorts.json",
		"sorts_legacy_p2.bin": "sorts.json", "sorts_legacy_p3.bin": "sorts.json", "sorts_legacy_p4.bin": "sorts.json", "sorts_legacy_p5.bin": "sorts.json",
		"nested.bin": "nested.json", "nested_legacy.bin": "nested.json",
		"sorts.safetensors": "sorts.json",
	} {
		t.Run(file, func(t *testing.T) {
			var want map[string]described
			data, err := os.ReadFile(filepath.Join(fixtures, list))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &want); err != nil {
				t.Fatal(err)
			}
			c := open(t, OpenFile, file)
			if !slices.Equal(c.Names(), slices.Sorted(maps.Keys(want))) {
				t.Fatalf("names %q, want %q", c.Names(), slices.Sorted(maps.Keys(want)))
			}
			for name, w := range want {
				got, err := c.Tensor(name)
				if err != nil {
					t.Fatal(err)
				}
				if got.DType.Torch() != w.DType || !slices.Equal(got.Shape, w.Shape) {
					t.Errorf("%s: %s %v, want %s %v", name, got.DType.Torch(), got.Shape, w.DType, w.Shape)
				}
				if values := texts(got); !slices.Equal(values, w.Values) {
					t.Errorf("%s: %v, want %v", name, values, w.Values)
				}
			}
		})
	}
}

// texts prints elements exactly: integers in full, floats so that equal texts
// are equal values.
func texts(t Tensor) []string {
	out := make([]string, t.Elements())
	for i := range out {
		one := Tensor{DType: t.DType, Data: t.Data[i*t.DType.Size():][:t.DType.Size()]}
		switch t.DType {
		case F64:
			out[i] = pythonFloat(math.Float64frombits(little(one.Data)))
		case F32, F16, BF16:
			out[i] = pythonFloat(float64(Float32s(one)[0]))
		case U8, Bool:
			out[i] = strconv.FormatUint(little(one.Data), 10)
		default: // sign-extend
			shift := 64 - 8*t.DType.Size()
			out[i] = strconv.FormatInt(int64(little(one.Data)<<shift)>>shift, 10)
		}
	}
	return out
}

func little(b []byte) (n uint64) {
	for i, v := range b {
		n |= uint64(v) << (8 * i)
	}
	return n
}

// pythonFloat prints as Python's repr does.
func pythonFloat(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e16 {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	if a := math.Abs(v); a >= 1e-4 && a < 1e16 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'e', -1, 64)
}

func open(t *testing.T, with func(string) (*Checkpoint, error), path string) *Checkpoint {
	t.Helper()
	c, err := with(filepath.Join(fixtures, path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestReadsEveryLayout reads one XGLM in each layout that HF or its users have
// written, under the same names.
func TestReadsEveryLayout(t *testing.T) {
	want := open(t, Open, "xglm/safetensors")
	if len(want.Names()) != 2*16+3 || want.Names()[0] != EmbedTokens {
		t.Fatalf("names %q", want.Names())
	}
	for _, layout := range []struct {
		folder string
		head   bool // lm_head.weight is there
	}{
		{"safetensors_shards", false}, {"bin", false}, {"bin_tied", true}, {"bin_no_prefix", false}, {"bin_legacy", true},
		{"bin_wrapped", true}, {"bin_old_positions", true}, {"bin_head_only", true}, {"bin_untied", true}, {"bin_shards", true},
	} {
		t.Run(layout.folder, func(t *testing.T) {
			got := open(t, Open, "xglm/"+layout.folder)
			names := want.Names()
			if layout.head {
				names = append([]string{LMHead}, names...)
			}
			if !slices.Equal(got.Names(), names) {
				t.Fatalf("names %q, want %q", got.Names(), names)
			}
			for _, name := range want.Names() {
				w, _ := want.Tensor(name)
				g, err := got.Tensor(name)
				if err != nil {
					t.Fatal(err)
				}
				if g.DType != w.DType || !slices.Equal(g.Shape, w.Shape) || !slices.Equal(g.Data, w.Data) {
					t.Errorf("%s differs", name)
				}
			}
		})
	}
	if ignored := open(t, Open, "xglm/bin_old_positions").Ignored(); !slices.Equal(ignored, []string{"model.embed_positions.weights"}) {
		t.Errorf("ignored %q", ignored)
	}
}

// TestMapsWithoutCopy checks that a contiguous tensor is the file's own bytes.
// What reads a closed checkpoint is refused: its files are unmapped.
func TestClosedCheckpointRefuses(t *testing.T) {
	c, err := OpenFile(filepath.Join(fixtures, "sorts.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	name := c.Names()[0]
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tensor(name); err == nil || !strings.Contains(err.Error(), "was closed") {
		t.Errorf("Tensor: %v", err)
	}
	if _, err := c.Info(name); err == nil || !strings.Contains(err.Error(), "was closed") {
		t.Errorf("Info: %v", err)
	}
	c.Release(name)
}

func TestMapsWithoutCopy(t *testing.T) {
	c := open(t, Open, "xglm/safetensors")
	a, _ := c.Tensor(EmbedTokens)
	b, _ := c.Tensor(EmbedTokens)
	if &a.Data[0] != &b.Data[0] {
		t.Error("two reads of a tensor gave two copies")
	}
	if n := testing.AllocsPerRun(10, func() { c.Tensor(EmbedTokens) }); n > 1 {
		t.Errorf("%v allocations to read a tensor, want the shape's alone", n)
	}
}
