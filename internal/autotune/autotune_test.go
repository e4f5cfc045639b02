package autotune_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/internal/autotune"
	"xpt/libtorch"
)

// What was measured once is kept, and a choice in the file is taken as it stands.
func TestProductsAreMeasuredOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "products.txt")
	defer autotune.Use(autotune.Use(file))
	compute := func() (values []float32) {
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			values = s.Linear(s.Zeros(libtorch.Float32, 40, 64), s.Zeros(libtorch.Float32, 32, 64), nil).Float32s()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return values
	}
	compute()
	compute()
	p, err := autotune.Read()
	if err != nil || len(p.Choices) != 1 || !strings.HasPrefix(p.Choices[0].Shape, "Float [64, 64] Float^T [64, 32]") {
		t.Fatalf("%+v, %v", p, err)
	}
	if ways := []string{"blocks", "oneDNN", "libtorch"}; !slices.Contains(ways, p.Choices[0].Way) || p.Count() != p.Choices[0].Way+" 1" {
		t.Errorf("%+v; want one of %q", p.Choices[0], ways)
	}

	// Another process finds the file, whatever else stands in it.
	before := p.Choices[0].Shape + "\tlibtorch\nno choice\n\n"
	if err := os.WriteFile(file, []byte(before), 0o666); err != nil {
		t.Fatal(err)
	}
	autotune.Use(file)
	compute()
	if after, err := os.ReadFile(file); err != nil || string(after) != before {
		t.Errorf("a choice that was there was measured again: %q, %v", after, err)
	}

	autotune.Use(filepath.Join(t.TempDir(), "no", "folder")) // cannot be made: the first way is taken
	compute()
}
