package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestMessage is how many characters of a message are shown.
const longestMessage = 300

// userMessage is an error as its reader needs it: that the context is cancelled
// tells one who pressed Ctrl-C nothing.
func userMessage(err error) string {
	text := strings.TrimSuffix(err.Error(), context.Canceled.Error())
	return oneLine(cmp.Or(strings.TrimSuffix(text, ": "), "stopped"))
}

// oneLine makes a message printable and joins its lines. Where it is long, as
// when it cites what a damaged file holds, its middle is left out: the
// beginning says what is wrong, the end what to do.
func oneLine(text string) string {
	line := []rune(printable(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")))
	if len(line) <= longestMessage {
		return string(line)
	}
	const end, gap = 100, " ... "
	return string(line[:longestMessage-end-len(gap)]) + gap + string(line[len(line)-end:])
}

// printable escapes in a message what could steer a terminal: control
// characters, those that turn the direction of the text, and bytes that are no
// text.
func printable(text string) string {
	return escaped(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

// withoutControls escapes in what goes to standard output, be it text or JSON,
// the control characters that are no white space of it, and bytes that are no
// text. Others, such as the marks of right-to-left text, are left to it.
func withoutControls(text []byte) []byte {
	steers := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if utf8.Valid(text) && !bytes.ContainsFunc(text, steers) {
		return text
	}
	return []byte(escaped(string(text), steers))
}

// inLine is text of a file or a path that stands in a line or a table of
// standard output: what would begin another is escaped too.
func inLine(text string) string { return escaped(text, unicode.IsControl) }

// escaped writes such characters as Go and JSON do.
func escaped(text string, such func(rune) bool) string {
	var out strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&out, `\x%02x`, text[i])
		case !such(r):
			out.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&out, `\x%02x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// commandLine is what was typed, so that it can be typed again.
func commandLine(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		if words[i] = arg; arg == "" || strings.ContainsAny(arg, " \t\n\"'\\$`*?[]{}()<>|&;#~!") {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	if len(words) > 0 {
		words[0] = filepath.Base(args[0])
	}
	return inLine(strings.Join(words, " "))
}
