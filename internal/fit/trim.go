package fit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// XPT_GOTCH=all keeps all of gotch's operations, for programs that use gotch beside xpt.
const (
	gotchVariable = "XPT_GOTCH"
	all           = "all"
)

// Files of gotch with a function for each operation. They call only functions of later files.
var operationFiles = []string{
	"ts/must-tensor-generated.go", "ts/patch.go", "ts/tensor-generated.go", "libtch/patch.go", "libtch/c-generated.go",
}

// names is a set of identifiers.
type names map[string]bool

func (n names) add(more names) { maps.Copy(n, more) }

var goOperation = regexp.MustCompile(`(?m)^func ?(?:\([^)]*\))? ?(\w+)\(`)

// called lists gotch's operations that Go files below the folders may call, including tests: identifiers with an operation's
// name in files that import gotch or call Gotch().
func called(folders []string, gotch module) ([]string, error) {
	operations := names{}
	for _, file := range operationFiles[:3] {
		text, err := os.ReadFile(filepath.Join(gotch.Dir, file))
		if err != nil {
			return nil, err
		}
		for _, m := range goOperation.FindAllStringSubmatch(string(text), -1) {
			operations[m[1]] = true
		}
	}
	found := names{}
	note := func(name, text string) error {
		in, err := identifiers(name, text)
		maps.DeleteFunc(in, func(name string, _ bool) bool { return !operations[name] })
		found.add(in)
		return err
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && name != folder && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
				return filepath.SkipDir
			}
			if d.IsDir() || filepath.Ext(name) != ".go" {
				return nil
			}
			text, err := os.ReadFile(name)
			if err != nil || !strings.Contains(string(text), `"`+gotchPath) && !strings.Contains(string(text), ".Gotch()") {
				return err
			}
			return note(name, string(text))
		})
		if err != nil {
			return nil, err
		}
	}
	text, err := source.ReadFile("smoke.go.txt")
	if err != nil {
		return nil, err
	}
	err = note("smoke.go", string(text))
	return slices.Sorted(maps.Keys(found)), err
}

func identifiers(name, text string) (names, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return identifiersOf(parsed), nil
}

func identifiersOf(n ast.Node) names {
	found := names{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			found[id.Name] = true
		}
		return true
	})
	return found
}

// trim removes the operations of the copy that neither the given names nor gotch's files call, most of 2,525, and returns the
// number of the others.
func trim(copied string, called []string) (int, error) {
	wanted := names{}
	for _, name := range called {
		wanted[name] = true
	}
	for _, pattern := range []string{"ts/*.go", "libtch/*.go", "*.go"} {
		files, err := filepath.Glob(filepath.Join(copied, pattern))
		if err != nil {
			return 0, err
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") { // may call removed operations
				if err := os.Remove(name); err != nil {
					return 0, err
				}
				continue
			}
			if rel, _ := filepath.Rel(copied, name); slices.Contains(operationFiles, rel) {
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return 0, err
			}
			found, err := identifiers(name, string(text))
			if err != nil {
				return 0, err
			}
			wanted.add(found)
		}
	}
	for _, file := range operationFiles {
		if err := trimFile(filepath.Join(copied, file), wanted); err != nil {
			return 0, err
		}
	}
	return trimWrappers(filepath.Join(copied, "libtch", generated), wanted)
}

// trimFile removes unwanted functions from a Go file, and imports that become unused; identifiers of the others become wanted.
func trimFile(name string, wanted names) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	var cuts [][2]int
	cut := func(n ast.Node) {
		cuts = append(cuts, [2]int{files.Position(n.Pos()).Offset, files.Position(n.End()).Offset})
	}
	mentioned := names{}
	left := parsed.Decls
	for grown := true; grown; { // a wanted function may call an earlier one
		grown = false
		left = slices.DeleteFunc(left, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			if isImport(d) || ok && !wanted[f.Name.Name] {
				return false
			}
			found := identifiersOf(d)
			mentioned.add(found)
			wanted.add(found)
			grown = true
			return true
		})
	}
	for _, d := range left {
		if !isImport(d) {
			cut(d)
		}
	}
	for _, spec := range parsed.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		called := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			called = spec.Name.Name
		}
		if called != "C" && !mentioned[called] {
			cut(spec)
		}
	}
	return os.WriteFile(name, without(text, cuts), 0o644)
}

func isImport(d ast.Decl) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.IMPORT
}

// without removes ranges of the text; comments of removed functions stay.
func without(text []byte, cuts [][2]int) []byte {
	slices.SortFunc(cuts, func(a, b [2]int) int { return a[0] - b[0] })
	var out []byte
	at := 0
	for _, c := range cuts {
		out = append(out, text[at:c[0]]...)
		at = c[1]
	}
	return append(out, text[at:]...)
}

// trimWrappers removes unwanted C++ functions from the generated file, and returns the number of the others.
func trimWrappers(name string, wanted names) (int, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	lines := strings.Split(string(text), "\n")
	blocks, err := splitBlocks(lines)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", generated, err)
	}
	kept := 0
	for _, b := range blocks {
		if wanted[b.name] {
			kept++
			continue
		}
		clear(lines[b.start-1 : b.end])
	}
	return kept, os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o644)
}
