package study

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/xrash/smetrics"
)

// document is a study file under way to values; its errors name the file and
// the line.
type document struct{ path string }

// parse returns the mapping that the file is.
func (d document) parse(text []byte) (ast.Node, error) {
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

// keys are what a mapping may have, each with what takes its value.
type keys map[string]func(value ast.Node) error

// mapping hands each value of a mapping to its key.
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

// nearest is the known key that takes the fewest edits, the first of them by name.
func nearest(key string, known keys) string {
	return slices.MinFunc(slices.Sorted(maps.Keys(known)), func(a, b string) int {
		return smetrics.WagnerFischer(key, a, 1, 1, 1) - smetrics.WagnerFischer(key, b, 1, 1, 1)
	})
}

// into reads a value into *p and its line into *at.
func into[T any](d document, key string, p *T, at map[string]int) func(ast.Node) error {
	return func(node ast.Node) error {
		at[key] = line(node)
		if err := decode(node, p); err != nil {
			return d.fail(line(node), "%s: %v", key, err)
		}
		return nil
	}
}

// decode reads a node into p, a pointer. The library would also cut 1.5 to 1,
// and read a text as a list.
func decode(node ast.Node, p any) error {
	want := ""
	ok := true
	switch p.(type) {
	case *string:
		want = "a text"
		_, list := node.(ast.ArrayNode)
		_, keys := node.(ast.MapNode)
		ok = !list && !keys && node.Type() != ast.NullType
	case *int, *uint64:
		want = "a whole number"
		ok = node.Type() == ast.IntegerType
	case *float64:
		want = "a number"
		ok = node.Type() == ast.IntegerType || node.Type() == ast.FloatType
	case *bool:
		want = "true or false"
		ok = node.Type() == ast.BoolType
	case *[]string:
		want = "a list, such as [a, b]"
		_, ok = node.(ast.ArrayNode)
	case *[]uint64:
		want = "a list of whole numbers, such as [1, 2, 3]"
		list, isList := node.(*ast.SequenceNode)
		ok = isList && !slices.ContainsFunc(list.Values, func(v ast.Node) bool { return v.Type() != ast.IntegerType })
	}
	if !ok || yaml.NodeToValue(node, p) != nil {
		return fmt.Errorf("expected %s, not %s", want, strings.Join(strings.Fields(node.String()), " "))
	}
	return nil
}
