package fit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
)

// kept are the types that own, or hold something that owns, C memory which a finalizer frees.
var kept = regexp.MustCompile(`^(\[\]|\.\.\.)?\*?(Tensor|Scalar|NamedTensor|IValue)$`)

// callers counts the functions of gotch's package ts that call the C side with such a parameter, by file.
var callers = map[string]int{
	"ts/image.go":            2,
	"ts/jit.go":              3,
	"ts/optimizer.go":        3,
	"ts/patch.go":            13,
	"ts/scalar.go":           4,
	"ts/tensor-generated.go": 2445,
	"ts/tensor.go":           28,
}

// keepAllAlive corrects the files of the copy, which must have as many such functions as callers says.
func keepAllAlive(copied string, callers map[string]int) error {
	for file, want := range callers {
		name := filepath.Join(copied, file)
		text, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("correction \"arguments kept alive\": %w", err)
		}
		fixed, n, err := keepAlive(file, string(text))
		if err != nil {
			return fmt.Errorf("correction \"arguments kept alive\": %w", err)
		}
		if n != want {
			return fmt.Errorf("correction \"arguments kept alive\" finds %d functions in gotch's %s, not %d: gotch is not the release that the fit knows", n, file, want)
		}
		if err := os.WriteFile(name, []byte(fixed), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// keepAlive makes every function that calls libtch keep its receiver and parameters alive to its end. Without that a
// finalizer can free a tensor during the C call that reads it: the Go side is done with it once the raw pointer is taken.
// It returns the text with the calls put in, and the number of functions that got one.
func keepAlive(name, text string) (string, int, error) {
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, name, text, parser.ParseComments)
	if err != nil {
		return "", 0, err
	}
	offset := func(p token.Pos) int { return files.Position(p).Offset }
	inserts := map[int]string{} // by offset
	count := 0
	for _, d := range parsed.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil || !callsLibtch(f.Body) {
			continue
		}
		var calls []string
		for _, list := range []*ast.FieldList{f.Recv, f.Type.Params} {
			for _, name := range keptNames(list, text, offset) {
				calls = append(calls, "runtime.KeepAlive("+name+")")
			}
		}
		if len(calls) > 0 {
			inserts[offset(f.Body.Lbrace)+1] = " defer func() { " + strings.Join(calls, "; ") + " }();"
			count++
		}
	}
	if count > 0 && !imports(parsed, "runtime") {
		inserts[offset(lastImport(parsed).End())] = "\nimport \"runtime\"\n"
	}
	return insert(text, inserts), count, nil
}

func callsLibtch(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "lib" {
				found = true
			}
		}
		return !found
	})
	return found
}

func keptNames(list *ast.FieldList, text string, offset func(token.Pos) int) []string {
	if list == nil {
		return nil
	}
	var names []string
	for _, field := range list.List {
		if !kept.MatchString(text[offset(field.Type.Pos()):offset(field.Type.End())]) {
			continue
		}
		for _, n := range field.Names {
			if n.Name != "_" {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

func imports(f *ast.File, path string) bool {
	for _, i := range f.Imports {
		if i.Path.Value == `"`+path+`"` {
			return true
		}
	}
	return false
}

// lastImport is the last import declaration; a file that calls lib has one.
func lastImport(f *ast.File) ast.Decl {
	var last ast.Decl
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			last = d
		}
	}
	return last
}

func insert(text string, inserts map[int]string) string {
	var at []int
	for i := range inserts {
		at = append(at, i)
	}
	sort.Ints(at)
	var out strings.Builder
	last := 0
	for _, i := range at {
		out.WriteString(text[last:i])
		out.WriteString(inserts[i])
		last = i
	}
	out.WriteString(text[last:])
	return out.String()
}
