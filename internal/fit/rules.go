package fit

import (
	"fmt"
	"regexp"
	"strings"
)

// rule is a correction of gotch's source. It must match exactly count times; otherwise gotch is another release, and the fit
// fails.
type rule struct {
	name    string
	file    string
	pattern *regexp.Regexp
	replace string // with $1 for groups, as in regexp.Expand
	count   int
}

// gotch's output buffers are malloc(0): a leak in each call, and a heap overflow with four outputs or more. No operation has
// more than seven.
var outputBuffer = regexp.MustCompile(`(?m)^([ \t]+)(\w+) := \(\*lib\.Ctensor\)\(unsafe\.Pointer\(C\.malloc\(0\)\)\)$`)

var firstElement = regexp.MustCompile(`unsafe\.Pointer\(&(\w+)\[0\]\)`)

const sliceData = "unsafe.Pointer(unsafe.SliceData(${1}))"

const eightOutputs = "${1}${2} := (*lib.Ctensor)(unsafe.Pointer(C.calloc(8, 8))); defer C.free(unsafe.Pointer(${2}))"

var rules = []rule{
	{"gradients of several inputs", "ts/tensor.go", literal(runBackward), literalReplacement(runBackwardFixed), 1},
	{"output buffers", "ts/tensor-generated.go", outputBuffer, eightOutputs, 2447},
	{"output buffers", "ts/patch.go", outputBuffer, eightOutputs, 4},
	{"output buffers", "ts/tensor.go", outputBuffer, eightOutputs, 1},
	{"list buffers", "ts/jit.go",
		regexp.MustCompile(`(?m)^(\t+)ptr1 := (.*)C\.malloc\(0\)(.*)\n(\t+lib\.\w+\(cval\.civalue, ptr1, int\((\w+)\)\))$`),
		"${1}ptr1 := ${2}C.calloc(C.size_t(2*${5}+1), 8)${3}; defer C.free(unsafe.Pointer(ptr1))\n${4}", 7},
	{"learning rate buffers", "libtch/tensor.go",
		regexp.MustCompile(`(?m)^\t(\w+) := (\(\*C\.\w+\))\(unsafe\.Pointer\(C\.malloc\(0\)\)\)$`),
		"\t${1} := ${2}(unsafe.Pointer(C.calloc(1024, 8))); defer C.free(unsafe.Pointer(${1}))", 2},

	// An empty list, such as the shape of a scalar, has no first element.
	{"empty lists", "libtch/c-generated.go", firstElement, sliceData, 921},
	{"empty lists", "libtch/patch.go", firstElement, sliceData, 4},

	// In-place operations return a second handle of the same tensor; gotch leaks the first.
	{"handles of operations in place", "ts/tensor-generated.go",
		regexp.MustCompile(`(?m)^( +)ts\.ctensor = \*ptr$`), "${1}lib.AtFree(ts.ctensor); ts.ctensor = *ptr", 260},

	// Every tensor has a Go array of 100 KB to trigger the garbage collector: 20 us and 106 KB of garbage for each operation.
	{"ballast of a tensor", "ts/tensor.go", literal("lots [1e5]byte"), "lots [64]byte", 1},

	// Importing gotch makes a folder in HOME, and ends the process if that fails.
	{"cache folder on import", "init.go",
		regexp.MustCompile(`(?m)^\n\tif _, err := os\.Stat\(CachedDir\); os\.IsNotExist\(err\) \{\n(?:\t\t.*\n)+\t\}\n`), "", 1},
	{"import for the cache folder", "init.go", literal("\t\"log\"\n"), "", 1},
}

func literal(text string) *regexp.Regexp { return regexp.MustCompile(regexp.QuoteMeta(text)) }

func literalReplacement(text string) string { return strings.ReplaceAll(text, "$", "$$") }

func (r rule) apply(text string) (string, error) {
	if n := len(r.pattern.FindAllStringIndex(text, -1)); n != r.count {
		return "", fmt.Errorf("correction %q matches %d times in gotch's %s, not %d: gotch is not the release that the fit knows",
			r.name, n, r.file, r.count)
	}
	return r.pattern.ReplaceAllString(text, r.replace), nil
}

// applyRules corrects the files of the copy.
func applyRules(copied string, rules []rule) error {
	for _, r := range rules {
		if err := correct(r.name, copied, r.file, r.apply); err != nil {
			return err
		}
	}
	return nil
}

// RunBackward passes the first of several separate buffers, tensors and inputs to C as arrays.
const (
	runBackward = `	for i := 0; i < len(inputs); i++ {
		outputPtr := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))
		defer C.free(unsafe.Pointer(outputPtr))
		outputsPtr = append(outputsPtr, outputPtr)
	}

	// Get first element pointer
	ctensor := tensors[0].ctensor
	cinput := inputs[0].ctensor
	tensorsPtr := (*lib.Ctensor)(unsafe.Pointer(&ctensor))
	inputsPtr := (*lib.Ctensor)(unsafe.Pointer(&cinput))
`
	runBackwardFixed = `	if len(tensors) == 0 || len(inputs) == 0 {
		return nil, fmt.Errorf("RunBackward() failed: no tensors or no inputs")
	}
	outputs := unsafe.Slice((*lib.Ctensor)(C.calloc(C.size_t(len(inputs)), 8)), len(inputs))
	defer C.free(unsafe.Pointer(&outputs[0]))
	for i := range outputs {
		outputsPtr = append(outputsPtr, &outputs[i])
	}
	handles := make([]lib.Ctensor, 0, len(tensors)+len(inputs))
	for _, t := range tensors {
		handles = append(handles, t.ctensor)
	}
	for _, t := range inputs {
		handles = append(handles, t.ctensor)
	}
	tensorsPtr, inputsPtr := &handles[0], &handles[len(tensors)]
`
)
