// Package autotune keeps which way to compute a product is the fastest on this
// machine. It is measured at the first use of its shape and kept in the user's
// cache, in a file for each processor, tier and libtorch.
package autotune

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"xpt/internal/kernels"
	"xpt/internal/regular"
	"xpt/internal/torcherror"

	_ "github.com/sugarme/gotch/libtch" // has the C++
)

var file = func() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "" // nowhere to keep choices: the first way is taken
	}
	tier, _ := kernels.Tier()
	name := regexp.MustCompile(`[^a-zA-Z0-9.]+`).ReplaceAllString(fmt.Sprintf("%s %s libtorch %s", kernels.CPUModel(), tier, C.GoString(C.xpt_torch_version())), "-")
	return filepath.Join(cache, "xpt", "products", name+".txt")
}()

// unusable is why there is no file.
var unusable error

func init() {
	if unusable = usable(file); unusable != nil {
		file = ""
		return
	}
	use(file)
}

// usable makes the folder of a file, and refuses one that choices could not be kept in.
func usable(name string) error {
	if name == "" {
		return errors.New("no folder for caches is known: HOME is not set")
	}
	folder := filepath.Dir(name)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	info, err := os.Stat(name)
	place := name
	switch {
	case errors.Is(err, fs.ErrNotExist):
		place = folder
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file: remove it", name)
	}
	const read, write, search = 4, 2, 1
	mode := uint32(read | write)
	if place == folder {
		mode = write | search
	}
	if err := syscall.Access(place, mode); err != nil {
		return fmt.Errorf("%s cannot be written to: %w", place, err)
	}
	return nil
}

func use(name string) {
	path := C.CString(name)
	defer C.free(unsafe.Pointer(path))
	torcherror.CheckC("autotune", unsafe.Pointer(C.xpt_autotune_file(path)))
}

// Products are the choices between ways to compute products that were measured
// on this machine.
type Products struct {
	File    string    `json:"file"` // "" where the user's cache cannot be written to: the first way is taken for all
	Choices []Product `json:"choices"`
}

// Product is the choice for one shape, and the times of all ways.
type Product struct {
	Shape string   `json:"shape"`
	Way   string   `json:"way"`
	Times []string `json:"times"`
}

// ways are the names of the ways to compute a product, and to hold its weight.
var ways = []string{"few rows", "blocks", "oneDNN", "libtorch", "prepacked", "as it is"}

// Read reads the choices. Lines of no known way are left out.
func Read() (p Products, err error) {
	p = Products{File: file, Choices: []Product{}}
	if p.File == "" {
		return p, fmt.Errorf("the fastest way to compute products is not chosen: %w (XDG_CACHE_HOME names another folder)", unusable)
	}
	const most = 1 << 20
	text, err := regular.ReadFile(p.File, most)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) >= 2 && slices.Contains(ways, fields[1]) {
			p.Choices = append(p.Choices, Product{fields[0], fields[1], fields[2:]})
		}
	}
	return p, nil
}

// Count tells how often each way was chosen, the most frequent first: "blocks 12, oneDNN 3".
func (p Products) Count() string {
	count := map[string]int{}
	for _, c := range p.Choices {
		count[c.Way]++
	}
	ways := slices.SortedFunc(maps.Keys(count), func(a, b string) int { return cmp.Or(count[b]-count[a], cmp.Compare(a, b)) })
	for i, way := range ways {
		ways[i] = fmt.Sprintf("%s %d", way, count[way])
	}
	return strings.Join(ways, ", ")
}
