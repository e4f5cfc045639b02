package fit

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const callerText = `package ts

// #include "stdlib.h"
import "C"

import(
  "unsafe"

  lib "github.com/sugarme/gotch/libtch"
)

func(ts *Tensor) Add(other *Tensor, alpha *Scalar, dims []int64, all []*Tensor, named []NamedTensor, more ...*Tensor)(retVal *Tensor, err error) {
  lib.AtgAdd(ptr, ts.ctensor, other.ctensor)
  return retVal, err
}

func (ts *Tensor) MustAdd(other *Tensor) *Tensor {
	return ts.Add(other)
}

func Ones(size []int64, _ *Tensor) { lib.AtgOnes(size) }

func (cm *CModule) Forward(a, b *Tensor) {
	lib.AtmForward(cm.c, a.ctensor, b.ctensor)
}
`

func TestKeepAlive(t *testing.T) {
	got, n, err := keepAlive("a.go", callerText)
	if err != nil || n != 2 {
		t.Fatalf("%d functions, %v; want 2: those that call lib and take tensors", n, err)
	}
	for _, want := range []string{
		"err error) { defer func() { runtime.KeepAlive(ts); runtime.KeepAlive(other); runtime.KeepAlive(alpha); runtime.KeepAlive(all); runtime.KeepAlive(named); runtime.KeepAlive(more) }();\n",
		"{ defer func() { runtime.KeepAlive(a); runtime.KeepAlive(b) }();\n\tlib.AtmForward",
		"import \"runtime\"\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "a.go", got, 0); err != nil {
		t.Error(err)
	}
}

func TestKeepAliveImportsRuntimeOnce(t *testing.T) {
	text := strings.Replace(callerText, `"unsafe"`, `"runtime"`, 1)
	got, _, err := keepAlive("a.go", text)
	if err != nil || strings.Count(got, `"runtime"`) != 1 {
		t.Errorf("%d imports of runtime, %v", strings.Count(got, `"runtime"`), err)
	}
}

func TestKeepAllAliveCounts(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.go")
	if err := os.WriteFile(name, []byte(callerText), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, files := range []map[string]int{{"a.go": 3}, {"b.go": 1}} {
		if err := keepAllAlive(dir, files); err == nil || !strings.Contains(err.Error(), "kept alive") {
			t.Errorf("%v: error %v, want one that names the correction", files, err)
		}
	}
	if err := keepAllAlive(dir, map[string]int{"a.go": 2}); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(name); !strings.Contains(string(text), "runtime.KeepAlive(ts)") {
		t.Error("the file is as it was")
	}
}
