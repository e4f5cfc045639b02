package fit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// kept are the types that own C memory which a finalizer frees, directly or indirectly.
var kept = regexp.MustCompile(`^(\[\]|\.\.\.)?\*?(Tensor|Scalar|NamedTensor|IValue)$`)

// callers counts the functions in gotch's package ts that call C with such a parameter, by file.
var callers = map[string]int{
	"ts/image.go":            2,
	"ts/jit.go":              3,
	"ts/optimizer.go":        3,
	"ts/patch.go":            13,
	"ts/scalar.go":           4,
	"ts/tensor-generated.go": 2445,
	"ts/tensor.go":           28,
}

// keepAllAlive corrects the files of the copy; they must have as many such functions as in callers.
func keepAllAlive(copied string, callers map[string]int) error {
	for file, want := range callers {
		const name = "arguments kept alive"
		err := correct(name, copied, file, func(text string) (string, error) {
			fixed, n, err := keepAlive(file, text)
			if err == nil && n != want {
				err = fmt.Errorf("it finds %d functions in gotch's %s, not %d: gotch is not the release that the fit knows", n, file, want)
			}
			if err != nil {
				err = fmt.Errorf("correction %q: %w", name, err)
			}
			return fixed, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// correct applies a correction to a file of the copy.
func correct(name, copied, file string, change func(text string) (string, error)) error {
	path := filepath.Join(copied, file)
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("correction %q: %w", name, err)
	}
	changed, err := change(string(text))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

// keepAlive makes every function that calls libtch keep its receiver and parameters alive until it returns. Otherwise a
// finalizer can free a tensor during the C call that reads it, because Go no longer uses it. It returns the changed text and
// the number of changed functions.
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
	return slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"`+path+`"` })
}

// lastImport is the last import declaration of a file that calls lib.
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
	var out strings.Builder
	last := 0
	for _, i := range slices.Sorted(maps.Keys(inserts)) {
		out.WriteString(text[last:i])
		out.WriteString(inserts[i])
		last = i
	}
	out.WriteString(text[last:])
	return out.String()
}
