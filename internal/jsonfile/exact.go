package jsonfile

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"

	"xpt/internal/usererror"
)

// deepest is how deep encoding/json follows JSON before it refuses it.
const deepest = 10000

// Exact refuses what encoding/json accepts silently: a duplicate key, a key of the struct in another letter case, and an unpaired
// surrogate, which encoding/json replaces by U+FFFD. Exact reports no syntax errors: the decoder does.
func Exact(data []byte, into any) error {
	_, err := exact(data, into)
	return err
}

// exact also returns the byte offset of the error.
func exact(data []byte, into any) (at int, err error) {
	if at := loneSurrogate(data); at >= 0 {
		return at, usererror.Errorf("%s is half a character: its other half is missing", data[at:at+len(`\uXXXX`)])
	}
	k := keys{dec: json.NewDecoder(bytes.NewReader(data))}
	k.dec.UseNumber()
	k.value(reflect.TypeOf(into), 0)
	return int(k.dec.InputOffset()), k.wrong
}

// keys walks over JSON until something is wrong with a key.
type keys struct {
	dec   *json.Decoder
	wrong error
}

// value reads a value that is decoded into a t, nil for any, and tells whether to go on.
func (k *keys) value(t reflect.Type, depth int) bool {
	t = target(t)
	if isScalar(t) || isListOfScalars(t) {
		var skipped json.RawMessage
		return k.dec.Decode(&skipped) == nil
	}
	token, err := k.dec.Token()
	if err != nil || depth > deepest {
		return false
	}
	switch token {
	case json.Delim('['):
		for k.dec.More() {
			if !k.value(elementOf(t), depth+1) {
				return false
			}
		}
	case json.Delim('{'):
		if !k.members(t, depth) {
			return false
		}
	default:
		return true
	}
	_, err = k.dec.Token()
	return err == nil
}

func (k *keys) members(t reflect.Type, depth int) bool {
	known := fieldsOf(t)
	seen := map[string]bool{}
	for k.dec.More() {
		token, err := k.dec.Token()
		if err != nil {
			return false
		}
		key := token.(string)
		if seen[key] {
			k.wrong = usererror.Errorf("the key %q appears twice", key)
			return false
		}
		seen[key] = true
		member, exact := known[key]
		if !exact {
			for name := range known {
				if strings.EqualFold(key, name) {
					k.wrong = usererror.Errorf("the key %q: write %q", key, name)
					return false
				}
			}
			member = elementOf(t)
		}
		if !k.value(member, depth+1) {
			return false
		}
	}
	return true
}

// target is what a value is decoded into in the end; nil where encoding/json does not say.
func target(t reflect.Type) reflect.Type {
	own := reflect.TypeFor[json.Unmarshaler]()
	for t != nil && t.Kind() == reflect.Pointer && !t.Implements(own) {
		t = t.Elem()
	}
	if t == nil || t.Kind() == reflect.Interface || t.Implements(own) || reflect.PointerTo(t).Implements(own) {
		return nil
	}
	return t
}

func isScalar(t reflect.Type) bool {
	if t == nil {
		return false
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		return false
	}
	return true
}

// isListOfScalars tells of lists without objects: rows of ids are long, and need not be walked.
func isListOfScalars(t reflect.Type) bool {
	return t != nil && t.Kind() != reflect.Map && elementOf(t) != nil && isScalar(target(elementOf(t)))
}

// elementOf is the type of the elements of a list or a map, nil for any.
func elementOf(t reflect.Type) reflect.Type {
	if t == nil || t.Kind() == reflect.Struct || isScalar(t) {
		return nil
	}
	return t.Elem()
}

// fieldsOf are the keys of a struct, with the types of their values.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() || f.Anonymous && name == "":
		case name == "":
			fields[f.Name] = f.Type
		default:
			fields[name] = f.Type
		}
	}
	return fields
}

// loneSurrogate returns the offset of the first escape of an unpaired UTF-16 surrogate, or -1.
func loneSurrogate(data []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(data[at:], '\\')
		if next < 0 {
			return -1
		}
		at += next
		first, ok := escapedUnit(data[at:])
		switch {
		case !ok:
			at += 2
		case !utf16.IsSurrogate(first):
			at += 6
		default:
			second, ok := escapedUnit(data[at+6:])
			if !ok || utf16.DecodeRune(first, second) == '\uFFFD' {
				return at
			}
			at += 12
		}
		if at >= len(data) {
			return -1
		}
	}
}

// escapedUnit reads \uXXXX at the start of data.
func escapedUnit(data []byte) (unit rune, ok bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(n), err == nil
}
