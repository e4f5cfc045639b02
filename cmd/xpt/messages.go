package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"xpt/internal/interrupted"
)

// longestMessage is the length in characters of the longest message shown whole.
const longestMessage = 300

// userMessage is an error's message; of work that was stopped it says what is left and how to go on, not "context
// canceled".
func userMessage(err error) string {
	if left := (*interrupted.Error)(nil); errors.As(err, &left) {
		return oneLine(left.Error())
	}
	if errors.Is(err, context.Canceled) {
		return "stopped before the end; nothing was saved, and the same command begins anew"
	}
	return oneLine(err.Error())
}

// oneLine makes a message printable and joins its lines. Of a long message, such as one that cites a damaged file, it
// leaves the middle out: the beginning says what is wrong, the end what to do.
func oneLine(text string) string {
	line := []rune(printable(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")))
	if len(line) <= longestMessage {
		return string(line)
	}
	const end, gap = 100, " ... "
	return string(line[:longestMessage-end-len(gap)]) + gap + string(line[len(line)-end:])
}

// printable escapes what could steer a terminal: control characters, marks of writing direction, and invalid UTF-8.
func printable(text string) string {
	return escaped(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}

// withoutControls escapes control characters (except newlines and tabs) and invalid UTF-8 in standard output. It
// keeps marks of writing direction, which belong to right-to-left text.
func withoutControls(text []byte) []byte {
	steers := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	if utf8.Valid(text) && !bytes.ContainsFunc(text, steers) {
		return text
	}
	return []byte(escaped(string(text), steers))
}

// inLine escapes text of a file or a path for a line or a table: all control characters, newlines and tabs too.
func inLine(text string) string { return escaped(text, unicode.IsControl) }

// escaped writes the characters that such picks, and invalid UTF-8, as escapes of Go's and JSON's form.
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
		words[i] = quoted(arg)
	}
	if len(words) > 0 {
		words[0] = filepath.Base(args[0])
	}
	return inLine(strings.Join(words, " "))
}

// quoted is a word of a shell's command line.
func quoted(arg string) string {
	if arg == "" || strings.ContainsAny(arg, " \t\n\"'\\$`*?[]{}()<>|&;#~!") {
		return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
	}
	return arg
}
