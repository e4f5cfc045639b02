package jsonfile

import (
	"errors"
	"strings"
	"testing"

	"xpt/internal/usererror"
)

type sample struct {
	Layers int      `json:"num_layers"`
	Rate   float64  `json:"rate"`
	Tied   bool     `json:"tied"`
	Names  []string `json:"names"`
	Deep   struct{ N uint }
	Parts  []struct {
		ID int `json:"id"`
	} `json:"parts"`
	ByName map[string]struct {
		ID int `json:"id"`
	} `json:"by_name"`
	Any any `json:"any"`
}

func TestUnmarshal(t *testing.T) {
	for text, want := range map[string]string{
		`{"num_layers": 4}`:            "",
		`{"num_layers": 4.0}`:          "",
		`{"num_layers": 4e0}`:          "",
		`{"num_layers": 4, "rate": 1}`: "",
		`{"num_layers": 4.0, "rate": 0.5, "names": ["a"], "other": {"x": [1.5, null]}}`: "",
		"{\n\"num_layers\": 4.5}":              "line 2: num_layers is 4.5: expected a whole number",
		`{"num_layers": "4"}`:                  "line 1: num_layers is a string: expected a whole number",
		`{"num_layers": 1e400}`:                "num_layers is 1e400: expected a whole number",
		`{"num_layers": 99999999999999999999}`: "num_layers is 99999999999999999999",
		"{\n\n\"names\": {}}":                  "line 3: names is an object: expected an array",
		`{"Deep": {"N": -1}}`:                  "Deep.N is -1: expected a whole number from 0 on",
		`{"tied": 1}`:                          "tied is a number: expected true or false",
		`[]`:                                   "the whole is an array: expected an object",
		"{\n\"num_layers\": 4":                 "line 2: the file ends within its JSON: it is cut short",
		"{\n\"num_layers\": 4,,}":              "line 2: not JSON: ",
		`{"rate": NaN}`:                        "line 1: not JSON: ",
		"":                                     "it is empty",
		" \n":                                  "it is empty",
		"\n<!DOCTYPE html><html></html>":       "a web page",
		"\xff\xfe{\x00}\x00":                   "UTF-16",
		"\xfe\xff\x00{\x00}":                   "UTF-16",
		"{\x00}\x00":                           "UTF-16",
		"\xef\xbb\xbf{}":                       "byte order mark",
		"{\n\"a\": \"\xff\"}":                  "line 2: not UTF-8",
		`{"num_layers": 4, "parts": [{"id": 1, "ID": 2}]}`:                            `line 1: the key "ID": write "id"`,
		"{\"num_layers\": 4,\n \"by_name\": {\"x\": {\"Id\": 1}}}":                    `line 2: the key "Id": write "id"`,
		"{\"num_layers\": 4,\n \"num_layers\": 5}":                                    `line 2: the key "num_layers" appears twice`,
		`{"num_layers": 4, "any": [{"x": {"a": 1, "a": 1}}]}`:                         `the key "a" appears twice`,
		`{"num_layers": 4, "unknown": {"a": 1, "a": 1}}`:                              `the key "a" appears twice`,
		`{"num_layers": 4, "any": {"ID": 1, "id": 2}, "by_name": {"a": {}, "A": {}}}`: "",
		`{"num_layers": 4, "deep": {}}`:                                               `the key "deep": write "Deep"`,
		`{"num_layers": 4, "names": ["\ud83d\ude00", "\\ud83d", "\u00e9"]}`:           "",
		"{\n\"names\": [\"\\ud83d\"]}":                                                `line 2: \ud83d is half a character`,
		`{"names": ["\ude00\ud83d"]}`:                                                 `\ude00 is half a character`,
		`{"names": ["\ud83d\u0041"]}`:                                                 `\ud83d is half a character`,
		`{"names": ["\\\ud83d"]}`:                                                     `\ud83d is half a character`,
		`{"\ud83d": 4}`:                                                               `\ud83d is half a character`,
		`{"num_layers": 4, "x": ` + strings.Repeat("[", 100000):                       "not JSON: ",
		"version https://git-lfs.github.com/spec/v1":                                  "git lfs pull",
	} {
		var s sample
		err := Unmarshal([]byte(text), &s)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
		if err != nil && !errors.As(err, new(*usererror.Error)) {
			t.Errorf("%q: %v is no error of the user", text, err)
		}
		if err == nil && s.Layers != 4 {
			t.Errorf("%q: %+v", text, s)
		}
	}
}

// Parts are exact, and told of without a line.
func TestUnmarshalPart(t *testing.T) {
	for text, want := range map[string]string{
		`{"num_layers": 4.0, "names": ["a"], "other": 1}`: "",
		`[2,3]`:                              "it is an array: expected an object",
		`{"num_layers": true}`:               "num_layers is true or false: expected a whole number",
		`{"names": "a b"}`:                   "names is a string: expected an array",
		`{"num_layers": 4, "num_layers": 4}`: `the key "num_layers" appears twice`,
		`{"Num_Layers": 4}`:                  `the key "Num_Layers": write "num_layers"`,
		`{"x": 1, "Deep": {}}`:               "",
		`{"num_layers": 4`:                   "it ends within its JSON: it is cut short",
		`{"num_layers": 4} 5`:                "not JSON: ",
		``:                                   "it is empty",
	} {
		var s sample
		err := UnmarshalPart([]byte(text), &s)
		if (err == nil) != (want == "") || err != nil && (!strings.HasPrefix(err.Error(), want) || !errors.As(err, new(*usererror.Error))) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
	var texts []string
	if err := UnmarshalPart([]byte(`{"a": 1}`), &texts); err == nil || err.Error() != "it is an object: expected an array" {
		t.Errorf("an object for a list: %v", err)
	}
}

func FuzzUnmarshal(f *testing.F) {
	for _, text := range []string{`{"num_layers": 4.0}`, "{\n\"names\": {}}", "\xff\xfe{\x00", `{"Deep": {"N": -1}}`, "[1.0", "\xff"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var s sample
		for _, err := range []error{Unmarshal(data, &s), UnmarshalPart(data, &s)} {
			if err != nil && !errors.As(err, new(*usererror.Error)) {
				t.Errorf("%v is no error of the user", err)
			}
		}
	})
}
