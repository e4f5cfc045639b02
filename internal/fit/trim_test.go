package fit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A gotch of four operations: each has a wrapper in C++, its binding, a method, and one that ends the process on errors.
func smallGotch(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"ts/must-tensor-generated.go": "package ts\n\nimport(\n  \"log\"\n\n  \"github.com/sugarme/gotch\"\n)\n\n" +
			must("Abs") + must("Add") + must("Exp") + "func(ts *Tensor) MustTo(d gotch.Device)(retVal *Tensor) { \n  return ts.MustExp()\n} \n",
		"ts/tensor-generated.go":    "package ts\n\nimport \"unsafe\"\n\n" + method("Abs") + method("Add") + method("Exp") + method("Log"),
		"ts/patch.go":               "package ts\n",
		"ts/tensor.go":              "package ts\n\nfunc (ts *Tensor) Twice() { ts.Add() }\n",
		"ts/tensor_test.go":         "package ts_test\n\nfunc Test() { Log() }\n",
		"libtch/patch.go":           "package libtch\n",
		"libtch/c-generated.go":     "package libtch\n\nimport \"C\"\n\nimport \"unsafe\"\n\n" + binding("Abs") + binding("Add") + binding("Exp") + binding("Log"),
		"libtch/" + generated:       wrapper("abs") + wrapper("add") + wrapper("exp") + wrapper("log"),
		"libtch/not_generated.cpp":  "void at_free(tensor t) {\n}\n",
		"vendored/other/program.go": "package other\n\nfunc f() { Log() }\n",
	} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func must(name string) string {
	return "func(ts *Tensor) Must" + name + "()(retVal *Tensor) { \n  retVal, err := ts." + name + "()\n  if err != nil { log.Fatal(err) }\n  return retVal\n} \n\n"
}

func method(name string) string {
	return "func(ts *Tensor) " + name + "()(retVal *Tensor, err error) { \n  lib.Atg" + name + "(ts.ctensor)\n  return ts, nil\n} \n\n"
}

func binding(name string) string {
	return "func Atg" + name + "(self Ctensor){ \n\tC.atg_" + strings.ToLower(name) + "((*C.char)(unsafe.Pointer(self)))\n}\n"
}

func wrapper(name string) string {
	return "void atg_" + name + "(tensor *out__, tensor self) {\n  PROTECT(\n  )\n}\n\n"
}

// What is asked for stays with all that it calls, and so does what gotch's own files call; imports that nothing is left
// for go.
func TestTrim(t *testing.T) {
	for _, c := range []struct {
		called                        []string
		musts, methods, bound, native string
		imports                       []string
	}{
		{nil, "", "Add", "AtgAdd", "atg_add", nil},
		{[]string{"Abs"}, "", "Abs Add", "AtgAbs AtgAdd", "atg_abs atg_add", nil},
		{[]string{"MustAbs"}, "MustAbs", "Abs Add", "AtgAbs AtgAdd", "atg_abs atg_add", []string{"log"}},
		{[]string{"MustTo"}, "MustExp MustTo", "Add Exp", "AtgAdd AtgExp", "atg_add atg_exp", []string{"log", "github.com/sugarme/gotch"}},
		{[]string{"Unheard"}, "", "Add", "AtgAdd", "atg_add", nil},
	} {
		dir := smallGotch(t)
		kept, err := trim(dir, c.called)
		if err != nil {
			t.Errorf("%v: %v", c.called, err)
			continue
		}
		for name, want := range map[string]string{"ts/must-tensor-generated.go": c.musts, "ts/tensor-generated.go": c.methods, "libtch/c-generated.go": c.bound} {
			var got []string
			for _, m := range goOperation.FindAllStringSubmatch(text(t, dir, name), -1) {
				got = append(got, m[1])
			}
			if !slices.Equal(got, strings.Fields(want)) {
				t.Errorf("%v: %s holds %v, want %s", c.called, name, got, want)
			}
		}
		blocks, err := splitBlocks(strings.Split(text(t, dir, "libtch/"+generated), "\n"))
		var got []string
		for _, b := range blocks {
			got = append(got, b.name)
		}
		if err != nil || kept != len(got) || !slices.Equal(got, strings.Fields(c.native)) {
			t.Errorf("%v: %d wrappers %v (%v), want %s", c.called, kept, got, err, c.native)
		}
		for _, path := range []string{"log", "github.com/sugarme/gotch"} {
			if got := strings.Contains(text(t, dir, "ts/must-tensor-generated.go"), `"`+path+`"`); got != slices.Contains(c.imports, path) {
				t.Errorf("%v: %s is imported: %v", c.called, path, got)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "ts/tensor_test.go")); err == nil {
			t.Errorf("%v: gotch's tests are there, and may call what is not", c.called)
		}
	}
}

// Calls are found by name in the files that import gotch or ask for its tensors, tests too, and in the smoke test.
func TestCalled(t *testing.T) {
	gotch, repo := smallGotch(t), t.TempDir()
	write := func(name, text string) {
		name = filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const imports = "package p\n\nimport \"" + gotchPath + "/ts\"\n\n"
	write("a/a.go", imports+"func f(t *ts.Tensor) { t.MustExp(); t.Other() }\n")
	write("a/a_test.go", imports+"func g(t *ts.Tensor) { t.Log() }\n")
	write("b/b.go", "package p\n\nfunc f() { Abs() }\n")
	write("c/c.go", "package p\n\nfunc f(t *libtorch.Tensor) { t.Gotch().MustAdd() }\n")
	write("testdata/c.go", imports+"func f(t *ts.Tensor) { t.Abs() }\n")
	write(".hidden/d.go", imports+"func f(t *ts.Tensor) { t.Abs() }\n")
	got, err := called([]string{repo}, module{Dir: gotch})
	if err != nil {
		t.Fatal(err)
	}
	smoke, err := source.ReadFile("smoke.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"Log", "MustAdd", "MustExp"}
	for _, name := range []string{"Abs", "Add", "Exp", "MustAbs", "MustTo"} {
		if strings.Contains(string(smoke), "."+name+"(") {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("called %v, want %v", got, want)
	}
	write("a/broken.go", imports+"func {")
	if _, err := called([]string{repo}, module{Dir: gotch}); err == nil || !strings.Contains(err.Error(), "broken.go") {
		t.Errorf("error %v, want one that names the file", err)
	}
}

func TestWithoutLibtorch(t *testing.T) {
	got := withoutLibtorch("a/b fmt unsafe\nxpt/xglm fmt github.com/sugarme/gotch/ts\n\ngithub.com/sugarme/gotch/ts unsafe github.com/sugarme/gotch\ngithub.com/sugarme/gotch\nc")
	if want := []string{"a/b", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func text(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
