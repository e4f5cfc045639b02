package libtorch

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"unsafe"

	"xpt/internal/kernels"
)

// Which way to compute a product is the fastest is measured at the first use of
// its shape and kept in the user's cache, in a file for each processor, tier and
// libtorch.
var autotuneFile = func() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "" // nowhere to keep choices: the first way is taken
	}
	tier, _ := kernels.Tier()
	name := regexp.MustCompile(`[^a-zA-Z0-9.]+`).ReplaceAllString(fmt.Sprintf("%s %s libtorch %s", CPUModel(), tier, Version()), "-")
	return filepath.Join(cache, "xpt", "products", name+".txt")
}()

func init() {
	if autotuneFile == "" || os.MkdirAll(filepath.Dir(autotuneFile), 0o777) != nil {
		autotuneFile = ""
		return
	}
	path := C.CString(autotuneFile)
	defer C.free(unsafe.Pointer(path))
	checkC("autotune", C.xpt_autotune_file(path))
}
