// Package jsonfile reads JSON files that others wrote. Its errors say what a file
// that is not JSON is instead, and where it goes wrong: a web page, another
// encoding, a file that is cut short.
package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"xpt/internal/usererror"
)

// Unmarshal is json.Unmarshal with errors that are [usererror.Error]s and name
// the line. An UnmarshalJSON that decodes a part by itself sets a negative Offset
// in its errors, which then name no line. A whole number may be written as a
// float, as Python does: 4.0. The rest is exact: see [Exact].
func Unmarshal(data []byte, into any) error {
	if err := Check(data); err != nil {
		return err
	}
	if at, err := exact(data, into); err != nil {
		return usererror.Errorf("line %d: %w", lineOf(data, at), err)
	}
	return explain(data, decode(data, into))
}

// UnmarshalPart is [Unmarshal] for a line or another part of a file: errors name no line.
func UnmarshalPart(data []byte, into any) error {
	if err := Check(data); err != nil {
		return err
	}
	if err := Exact(data, into); err != nil {
		return err
	}
	return explain(nil, decode(data, into))
}

func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) && strings.HasPrefix(wrong.Value, "number") {
		if whole, changed := wholeNumbers(data); changed {
			err = json.Unmarshal(whole, into)
		}
	}
	return err
}

// Check refuses data that is plainly not JSON in UTF-8. It does not parse it.
func Check(data []byte) error {
	begins := func(with string) bool { return bytes.HasPrefix(data, []byte(with)) }
	text := bytes.TrimSpace(data)
	switch {
	case begins("\xff\xfe"), begins("\xfe\xff"), begins("{\x00"), begins("\x00{"), begins("[\x00"), begins("\x00["):
		return usererror.New("it is in UTF-16: save it as UTF-8")
	case begins("\xef\xbb\xbf"):
		return usererror.New("it begins with a byte order mark, which HuggingFace does not read either: save it as UTF-8 without one")
	case begins("version https://git-lfs"):
		return usererror.New("a Git LFS pointer, not the file itself: fetch the file with git lfs pull")
	case len(text) == 0:
		return usererror.New("it is empty, and JSON is expected")
	case text[0] == '<':
		return usererror.New("a web page, not JSON: the address was that of a page about the file, or of an error")
	case !utf8.Valid(data):
		return usererror.Errorf("line %d: not UTF-8", lineOf(data, firstInvalid(data)))
	}
	return nil
}

// lineOf is the number of the line that holds a byte, from 1.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }

func firstInvalid(data []byte) int {
	for at := 0; at < len(data); {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return len(data)
}

// explain rewords an error of encoding/json in JSON's terms instead of Go's, and
// puts the line before it. data is the whole file, or nil for a part of one.
func explain(data []byte, err error) error {
	if err == nil {
		return nil
	}
	file, whole, at := "it", "it", func(int64) string { return "" }
	if data != nil {
		file, whole, at = "the file", "the whole", func(offset int64) string {
			return fmt.Sprintf("line %d: ", lineOf(data, int(min(max(offset-1, 0), int64(len(data))))))
		}
	}
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		if strings.Contains(err.Error(), "unexpected end") {
			return usererror.Errorf("%s%s ends within its JSON: it is cut short", at(syntax.Offset), file)
		}
		return usererror.Errorf("%snot JSON: %w", at(syntax.Offset), err)
	}
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		field := wrong.Field
		if field == "" {
			field = whole
		}
		text := fmt.Sprintf("%s is %s: expected %s", field, article(wrong.Value), expected(wrong))
		if wrong.Offset < 0 {
			return usererror.New(text)
		}
		return usererror.New(at(wrong.Offset) + text)
	}
	return usererror.Of(err)
}

func article(kind string) string {
	switch {
	case strings.HasPrefix(kind, "number "):
		return kind[len("number "):]
	case kind == "array" || kind == "object":
		return "an " + kind
	case kind == "bool":
		return "true or false"
	}
	return "a " + kind
}

// expected names the JSON value that the Go type of a field needs.
func expected(wrong *json.UnmarshalTypeError) string {
	switch kind := wrong.Type.Kind().String(); {
	case strings.HasPrefix(kind, "uint"):
		return "a whole number from 0 on"
	case strings.HasPrefix(kind, "int"):
		return "a whole number"
	case strings.HasPrefix(kind, "float"):
		return "a number"
	case kind == "bool":
		return "true or false"
	case kind == "string":
		return "a string"
	case kind == "slice" || kind == "array":
		return "an array"
	default:
		return "an object"
	}
}

// wholeNumbers rewrites whole numbers such as 4.0 without their fraction.
func wholeNumbers(data []byte) (out []byte, changed bool) {
	var value any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&value) != nil {
		return nil, false
	}
	value = walk(value, &changed)
	out, err := json.Marshal(value)
	return out, changed && err == nil
}

func walk(value any, changed *bool) any {
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			v[key] = walk(inner, changed)
		}
	case []any:
		for i, inner := range v {
			v[i] = walk(inner, changed)
		}
	case json.Number:
		const exact = 1 << 53 // whole numbers that a float holds
		f, err := v.Float64()
		if err == nil && strings.ContainsAny(v.String(), ".eE") && f == float64(int64(f)) && math.Abs(f) <= exact {
			*changed = true
			return json.Number(fmt.Sprint(int64(f)))
		}
	}
	return value
}
