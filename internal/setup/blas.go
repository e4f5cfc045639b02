package setup

import (
	"path/filepath"
	"regexp"
	"strings"
)

var openBLASRe = regexp.MustCompile(`openblas-?(openmp|pthread|serial)?`)

// BLAS names the implementation of a libblas or libopenblas by its resolved path in Debian's layout; advice says what to
// install if there is a faster one, else it is empty.
func BLAS(library string) (name, advice string) {
	const better = "apt-get install libopenblas0-openmp"
	switch m := openBLASRe.FindStringSubmatch(library); {
	case m != nil && m[1] == "openmp":
		return "OpenBLAS (OpenMP)", ""
	case m != nil && m[1] != "":
		return "OpenBLAS (" + m[1] + ")", "this OpenBLAS does not follow libtorch's number of threads: " + better
	case m != nil:
		return "OpenBLAS", ""
	case strings.Contains(library, "/blas/"):
		return "reference BLAS", "the reference BLAS multiplies matrices 40 times slower than OpenBLAS: " + better
	case library == "":
		return "", ""
	}
	return filepath.Base(library), ""
}

// blasAdvice is the advice on the libblas that a distribution's libtorch in the folder lib loads.
func blasAdvice(lib string) string {
	resolved, err := filepath.EvalSymlinks(filepath.Join(lib, "libblas.so.3"))
	if err != nil {
		return ""
	}
	_, advice := BLAS(resolved)
	return advice
}
