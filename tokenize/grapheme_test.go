package tokenize

import (
	"reflect"
	"testing"
)

// TestGraphemes cuts sequences for each rule of Unicode annex 29 but that for flags.
func TestGraphemes(t *testing.T) {
	for name, want := range map[string][]string{
		"ASCII":                  {"a", "b", "\r\n", "\n", "\r", "\x00"},
		"mark":                   {"a\u0301\u0302", "b"},
		"control before a mark":  {"\u200e", "\u0301", "a"},
		"control after anything": {"\u0600", "\u200e", "é", "\u2028"},
		"prepend":                {"\u0600a", "b", "\u0600\u0661\u0301", "\u0600©"},
		"spacing mark":           {"\u0915\u093e", "\u0915"},
		"joiner":                 {"a\u200d", "b"},
		"emoji":                  {"👩🏽\u200d🚀", "👩", "🚀"},
		"emoji across a letter":  {"👩", "a\u200d", "🚀"},
		"conjunct":               {"\u0915\u094d\u0937", "\u0915", "\u0937"},
		"conjunct with joiner":   {"\u0915\u094d\u200d\u0937"},
		"no conjunct of Tamil":   {"\u0b95\u0bcd", "\u0bb7"},
		"syllables":              {"\u1100\u1161\u11a8", "\uac00\u11a8", "\uac01\u11a8", "\uac00", "\u1100\uac00\u1161\u1161", "\uac01"},
		"no syllables":           {"\u1161", "\uac00\u1161\u11a8", "\u1161", "\u1100"},
	} {
		text := ""
		for _, g := range want {
			text += g
		}
		var got []string
		for at := 0; at < len(text); {
			end := graphemePages().end(text, at)
			got = append(got, text[at:end])
			at = end
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
