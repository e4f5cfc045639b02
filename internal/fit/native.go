package fit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// xpt's C++ that is compiled with the copy.
var nativeFiles = []string{
	"internal/native/*.cpp", "internal/native/*.h", "internal/native/gloo/*.h", "internal/native/gloo/*/*.h", "internal/kernels/kernels.h", "internal/kernels/types.h",
}

const (
	nativeUnit = "internal/native/shim.cpp" // includes the others
	// nativeFolder is where they lie in the copy's libtch, and where libtorch's headers find those of gloo.
	nativeFolder = "xpt/internal/native"
)

// native maps the files of xpt's C++ to their texts.
type native map[string]string

func readNative(source string) (native, error) {
	files := native{}
	for _, pattern := range nativeFiles {
		names, err := filepath.Glob(filepath.Join(source, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			rel, err := filepath.Rel(source, name)
			if err != nil {
				return nil, err
			}
			files[rel] = string(text)
		}
	}
	if files[nativeUnit] == "" {
		return nil, fmt.Errorf("no %s in %s: xpt's source is not whole", nativeUnit, source)
	}
	return files, nil
}

func (n native) hash() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", map[string]string(n))) // fmt sorts maps
	return hex.EncodeToString(sum[:])
}

// addTo adds n to the copy's C++ in the same translation unit, because most of the compilation is reading libtorch's headers.
// It is in a separate folder that Go does not compile.
func (n native) addTo(copied string) error {
	libtch := filepath.Join(copied, "libtch")
	for name, text := range n {
		name = filepath.Join(libtch, "xpt", name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	unit, err := os.OpenFile(filepath.Join(libtch, "torch_api.cpp"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(unit, "\n#include %q\n", "xpt/"+nativeUnit)
	return errors.Join(err, unit.Close())
}
