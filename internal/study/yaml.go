package study

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/xrash/smetrics"

	"xpt/datasets"
)

// document is a study file; its errors name file and line.
type document struct{ path string }

// deepest limits the nesting of a study file, whose settings need five levels: the parser's memory grows with the square of the
// depth.
const deepest = 100

// tooDeep returns the first line whose brackets, dashes or indentation nest too deep, else 0. It only counts them, so texts
// with many are refused too.
func tooDeep(text []byte) int {
	depth := 0
	for i, line := range bytes.Split(text, []byte("\n")) {
		indented := len(line) - len(bytes.TrimLeft(line, " \t"))
		within := 0 // levels in a line, such as - - a
		for _, c := range line {
			switch c {
			case '[', '{':
				depth++
			case ']', '}':
				depth = max(0, depth-1)
			case '-', '?', ':', '&', '*', '!':
				within++
			}
		}
		if depth > deepest || indented > 2*deepest || within > 2*deepest {
			return i + 1
		}
	}
	return 0
}

// parse returns the root of the file.
func (d document) parse(text []byte) (ast.Node, error) {
	if line := tooDeep(text); line > 0 {
		return nil, d.fail(line, "nested more than %d deep: is this a study file?", deepest)
	}
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) {
			return nil, fmt.Errorf("%s:%d: %s", d.path, at.GetToken().Position.Line, at.GetMessage())
		}
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s: expected one YAML document with the keys of a study", d.path)
	}
	return file.Docs[0].Body, nil
}

func line(node ast.Node) int { return node.GetToken().Position.Line }

func (d document) fail(line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", d.path, line, fmt.Sprintf(format, args...))
}

// keys are the keys of a mapping, with functions that read their values.
type keys map[string]func(value ast.Node) error

// mapping reads each value of a mapping by its key.
func (d document) mapping(node ast.Node, of string, take keys) error {
	m, ok := node.(ast.MapNode)
	if !ok {
		return d.fail(line(node), "%s: expected keys and values, such as %s", of, nearest("", take))
	}
	seen := map[string]bool{}
	for it := m.MapRange(); it.Next(); {
		key := it.Key().GetToken().Value
		fn, ok := take[key]
		switch {
		case !ok:
			return d.fail(line(it.Key()), "%s has no key %q: did you mean %s?", of, key, nearest(key, take))
		case seen[key]:
			return d.fail(line(it.Key()), "%q is given twice", key)
		}
		seen[key] = true
		if err := fn(it.Value()); err != nil {
			return err
		}
	}
	return nil
}

// nearest is the known key with the smallest edit distance, the first by name.
func nearest(key string, known keys) string {
	return slices.MinFunc(slices.Sorted(maps.Keys(known)), func(a, b string) int {
		return smetrics.WagnerFischer(key, a, 1, 1, 1) - smetrics.WagnerFischer(key, b, 1, 1, 1)
	})
}

// into reads the value of a key into p, and records its line.
func (f *File) into(key string, p any) func(ast.Node) error {
	return func(node ast.Node) error {
		f.lines[key] = line(node)
		if err := decode(node, p); err != nil {
			return f.fail(line(node), "%s: %v", key, err)
		}
		return nil
	}
}

// codes reads a list of languages, by codes or English names.
func (f *File) codes(key string, p *[]string) func(ast.Node) error {
	read := f.into(key, p)
	return func(node ast.Node) error {
		err := read(node)
		for i, name := range *p {
			(*p)[i] = strings.Join(datasets.LanguageNames(name), ",")
		}
		return err
	}
}

// decode reads a node into p, a pointer to a type of settings.
func decode(node ast.Node, p any) (err error) {
	text, want := node.String(), ""
	switch p := p.(type) {
	case *string:
		want = "a text"
		if _, scalar := node.(ast.ScalarNode); !scalar || node.Type() == ast.NullType {
			err = errors.ErrUnsupported
		} else {
			err = yaml.NodeToValue(node, p)
		}
	case *int:
		want = "a whole number"
		*p, err = strconv.Atoi(text)
	case *uint64:
		want = "a whole number from 0 on"
		*p, err = strconv.ParseUint(text, 10, 64)
	case *bool:
		want = "true or false"
		*p, err = strconv.ParseBool(text)
	case *[]string:
		want = "a list such as [a, b]"
		err = each(node, p)
	case *[]uint64:
		want = "a list of whole numbers such as [1, 2, 3]"
		err = each(node, p)
	default:
		panic(fmt.Sprintf("no setting is a %T", p))
	}
	if err != nil {
		return fmt.Errorf("expected %s, not %s", want, strings.Join(strings.Fields(text), " "))
	}
	return nil
}

func each[T any](node ast.Node, list *[]T) error {
	values, ok := node.(*ast.SequenceNode)
	if !ok {
		return errors.ErrUnsupported
	}
	*list = []T{}
	for _, value := range values.Values {
		var one T
		if err := decode(value, &one); err != nil {
			return err
		}
		*list = append(*list, one)
	}
	return nil
}
