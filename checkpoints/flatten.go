package checkpoints

import (
	"errors"
	"fmt"
	"strconv"
)

// Limits of a state dict's nesting and of the bytes of its names. Containers may be shared, so a small pickle can contain a
// tensor under exponentially many names.
const (
	maxDepth = 64
	maxNames = 32 << 20 // bytes
)

// flattener collects the tensors of nested dicts, lists and tuples; their names are the keys joined by dots. Other leaves are
// ignored.
type flattener struct {
	views map[string]view
	left  int
}

// flatten returns the views of all tensors in an unpickled value.
func flatten(value any) (map[string]view, error) {
	if _, ok := value.(*pyDict); !ok {
		return nil, fmt.Errorf("holds a %s, not a state dict", kindOf(value))
	}
	f := &flattener{views: map[string]view{}, left: maxNames}
	if err := f.walk("", value, 0); err != nil {
		return nil, err
	}
	return f.views, nil
}

func (f *flattener) walk(name string, value any, depth int) error {
	if depth > maxDepth {
		return errors.New("nested too deeply for a state dict")
	}
	if f.left -= len(name) + 64; f.left < 0 {
		return errors.New("names too much for a state dict")
	}
	switch v := value.(type) {
	case *torchTensor:
		if _, ok := f.views[name]; ok {
			return fmt.Errorf("the name %q appears twice", name)
		}
		view, err := v.view()
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		f.views[name] = view
		return nil
	case *pyDict:
		for i, key := range v.keys {
			if err := f.walk(join(name, key), v.values[i], depth+1); err != nil {
				return err
			}
		}
		return nil
	case *pyList:
		return f.walkAll(name, v.items, depth)
	case pyTuple:
		return f.walkAll(name, v, depth)
	default:
		return nil
	}
}

func (f *flattener) walkAll(name string, items []any, depth int) error {
	for i, item := range items {
		if err := f.walk(join(name, int64(i)), item, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func join(name string, key any) string {
	text, ok := key.(string)
	if number, isNumber := key.(int64); isNumber {
		text, ok = strconv.FormatInt(number, 10), true
	}
	if !ok {
		text = kindOf(key)
	}
	if name == "" {
		return text
	}
	return name + "." + text
}
