package tokenize

import (
	"fmt"
	"strconv"
	"strings"

	"xpt/internal/jsonfile"
)

// jsonReader reads JSON by its structure. encoding/json is too slow for the hundreds of thousands of small arrays of a
// tokenizer.json; it decodes only the parts outside the vocabulary.
type jsonReader struct {
	text string
	at   int
}

func (r *jsonReader) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: %s", r.at, fmt.Sprintf(format, args...))
}

// peek returns the next byte that is not white space, 0 at the end.
func (r *jsonReader) peek() byte {
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) expect(c byte) error {
	if r.peek() != c {
		return r.errorf("expected %q", c)
	}
	r.at++
	return nil
}

// list reads open item, item, ... close and calls item at the start of each.
func (r *jsonReader) list(open, close byte, item func() error) error {
	if err := r.expect(open); err != nil {
		return err
	}
	if r.peek() == close {
		r.at++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		switch c := r.peek(); c {
		case ',':
			r.at++
		case close:
			r.at++
			return nil
		default:
			return r.errorf("expected ',' or %q", close)
		}
	}
}

func (r *jsonReader) array(item func() error) error { return r.list('[', ']', item) }

// object calls member after each key, none of which appears twice; member reads the value.
func (r *jsonReader) object(member func(key string) error) error {
	seen := map[string]bool{}
	return r.list('{', '}', func() error {
		key, err := r.string()
		if err != nil {
			return err
		}
		if seen[key] {
			return r.errorf("the key %q appears twice", key)
		}
		seen[key] = true
		if err := r.expect(':'); err != nil {
			return err
		}
		return member(key)
	})
}

// string reads a string; without escapes it is a substring of the text.
func (r *jsonReader) string() (string, error) {
	if r.peek() != '"' {
		return "", r.errorf("expected a string")
	}
	start := r.at
	escaped, err := r.skipString()
	if err != nil {
		return "", err
	}
	quoted := r.text[start:r.at]
	if !escaped {
		return quoted[1 : len(quoted)-1], nil
	}
	var s string
	if err := jsonfile.UnmarshalPart([]byte(quoted), &s); err != nil {
		return "", r.errorf("%v", err)
	}
	return s, nil
}

func (r *jsonReader) skipString() (escaped bool, err error) {
	for r.at++; r.at < len(r.text); r.at++ {
		switch r.text[r.at] {
		case '"':
			r.at++
			return escaped, nil
		case '\\':
			escaped = true
			r.at++
		}
	}
	r.at = len(r.text)
	return false, r.errorf("a string does not end")
}

func (r *jsonReader) number() (float64, error) {
	r.peek()
	end := strings.IndexAny(r.text[r.at:], ",]} \t\r\n")
	if end < 0 {
		end = len(r.text) - r.at
	}
	text := r.text[r.at : r.at+end]
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "+-.0123456789eE") != "" { // no NaN and no hexadecimal
		return 0, r.errorf("expected a number")
	}
	r.at += end
	return v, nil
}

// decode reads the value of a key with encoding/json.
func (r *jsonReader) decode(key string, into any) error {
	raw, err := r.raw()
	if err == nil {
		err = jsonfile.UnmarshalPart([]byte(raw), into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// raw returns the text of any value; it checks only brackets and strings.
func (r *jsonReader) raw() (string, error) {
	r.peek()
	start, depth := r.at, 0
	for r.at < len(r.text) {
		switch c := r.text[r.at]; c {
		case '"':
			if _, err := r.skipString(); err != nil {
				return "", err
			}
			if depth == 0 {
				return r.text[start:r.at], nil
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return r.text[start:r.at], nil // the end of a bare value
			}
			if depth--; depth == 0 {
				r.at++
				return r.text[start:r.at], nil
			}
		case ',':
			if depth == 0 {
				return r.text[start:r.at], nil
			}
		}
		r.at++
	}
	return "", r.errorf("the text ends within a value")
}
