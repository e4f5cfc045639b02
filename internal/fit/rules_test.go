package fit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// For each rule a place in gotch's text, and what it becomes; the counts are those of the real files.
var samples = map[string][2]string{
	"ts/tensor.go gradients of several inputs": {runBackward, runBackwardFixed},
	"ts/tensor-generated.go output buffers": {
		"  ptr := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))\n",
		"  ptr := (*lib.Ctensor)(unsafe.Pointer(C.calloc(8, 8))); defer C.free(unsafe.Pointer(ptr))\n"},
	"ts/patch.go output buffers": {
		"\tctensorPtr1 := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))\n// ptr := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))\n",
		"\tctensorPtr1 := (*lib.Ctensor)(unsafe.Pointer(C.calloc(8, 8))); defer C.free(unsafe.Pointer(ctensorPtr1))\n// ptr := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))\n"},
	"ts/tensor.go output buffers": {
		"\tptr := (*lib.Ctensor)(unsafe.Pointer(C.malloc(0)))\n",
		"\tptr := (*lib.Ctensor)(unsafe.Pointer(C.calloc(8, 8))); defer C.free(unsafe.Pointer(ptr))\n"},
	"ts/jit.go list buffers": {
		"\t\tptr1 := (*lib.Civalue)(unsafe.Pointer(C.malloc(0)))\n\t\tlib.AtiToGenericDict(cval.civalue, ptr1, int(numVals))\n",
		"\t\tptr1 := (*lib.Civalue)(unsafe.Pointer(C.calloc(C.size_t(2*numVals+1), 8))); defer C.free(unsafe.Pointer(ptr1))\n\t\tlib.AtiToGenericDict(cval.civalue, ptr1, int(numVals))\n"},
	"libtch/tensor.go learning rate buffers": {
		"\tcngroup := (*C.int)(unsafe.Pointer(C.malloc(0)))\n",
		"\tcngroup := (*C.int)(unsafe.Pointer(C.calloc(1024, 8))); defer C.free(unsafe.Pointer(cngroup))\n"},
	"libtch/c-generated.go empty lists": {
		"csizeDataPtr := (*C.int64_t)(unsafe.Pointer(&sizeData[0]))\n",
		"csizeDataPtr := (*C.int64_t)(unsafe.Pointer(unsafe.SliceData(sizeData)))\n"},
	"libtch/patch.go empty lists": {
		"\tctensorsDataPtr := (*Ctensor)(unsafe.Pointer(&tensorsData[0]))\n",
		"\tctensorsDataPtr := (*Ctensor)(unsafe.Pointer(unsafe.SliceData(tensorsData)))\n"},
	"ts/tensor-generated.go handles of operations in place": {
		"  ts.ctensor = *ptr\n", "  lib.AtFree(ts.ctensor); ts.ctensor = *ptr\n"},
	"ts/tensor.go ballast of a tensor": {"\tlots [1e5]byte // 100k\n", "\tlots [64]byte // 100k\n"},
	"init.go cache folder on import": {
		"\n\tif _, err := os.Stat(CachedDir); os.IsNotExist(err) {\n\t\tif err := os.MkdirAll(CachedDir, 0755); err != nil {\n\t\t\tlog.Fatal(err)\n\t\t}\n\t}\n}\n",
		"}\n"},
	"init.go import for the cache folder": {"\t\"fmt\"\n\t\"log\"\n", "\t\"fmt\"\n"},
}

func TestRules(t *testing.T) {
	for _, r := range rules {
		name := r.file + " " + r.name
		t.Run(name, func(t *testing.T) {
			sample, ok := samples[name]
			if !ok {
				t.Fatal("a rule without a sample")
			}
			r.count = 1
			if got, err := r.apply("before\n" + sample[0]); err != nil || got != "before\n"+sample[1] {
				t.Errorf("got  %q, %v\nwant %q", got, err, sample[1])
			}
			for what, text := range map[string]string{"no match": "", "fixed already": sample[1], "two matches": sample[0] + sample[0]} {
				if _, err := r.apply(text); err == nil || !strings.Contains(err.Error(), r.name) || !strings.Contains(err.Error(), r.file) {
					t.Errorf("%s: error %v, want one that names the rule and the file", what, err)
				}
			}
		})
	}
}

func TestApplyRules(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.go")
	two := []rule{{"first", "a.go", literal("one"), "two", 1}, {"second", "a.go", literal("two"), "three", 2}}
	if err := os.WriteFile(name, []byte("one two"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := applyRules(dir, two); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(name); string(text) != "three three" {
		t.Errorf("got %q", text)
	}
	if err := applyRules(dir, []rule{{"third", "b.go", literal("x"), "y", 1}}); err == nil || !strings.Contains(err.Error(), "third") {
		t.Errorf("a missing file gives the error %v", err)
	}
}
