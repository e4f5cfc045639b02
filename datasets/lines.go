package datasets

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"xpt/internal/plaintext"
	"xpt/internal/regular"
)

// eachLine calls do with each line of a file, numbered from 1, without its line ending.
func eachLine(path string, diag *Diagnostics, do func(line int, text string) error) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := plaintext.NewLines(path, f)
	for {
		text, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !utf8.ValidString(text) {
			diag.kept(path, lines.Number(), "not valid UTF-8")
		}
		if strings.Contains(text, "\r") {
			diag.kept(path, lines.Number(), "a carriage return inside the line")
		}
		if err := do(lines.Number(), text); err != nil {
			return err
		}
	}
}

// splitCSV splits a line at tabs and removes CSV's quotes: double quotes around a field, doubled inside it. A field that
// opens with a quote and does not close stays as it is.
func splitCSV(line string) []string {
	var fields []string
	for {
		if text, rest, ok := quotedField(line); ok {
			fields = append(fields, text)
			if rest == "" {
				return fields
			}
			line = rest[1:]
			continue
		}
		field, rest, more := strings.Cut(line, "\t")
		fields = append(fields, field)
		if !more {
			return fields
		}
		line = rest
	}
}

// quotedField reads a quoted field at the start of s; rest is empty or begins with the tab after it.
func quotedField(s string) (text, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		if i+1 == len(s) || s[i+1] == '\t' {
			return b.String(), s[i+1:], true
		}
		return "", "", false
	}
	return "", "", false
}

// splitTabs splits a line of a file without quoting.
func splitTabs(line string) []string { return strings.Split(line, "\t") }
