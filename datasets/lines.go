package datasets

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"xpt/internal/bounded"
)

// eachLine calls do with every line of a file, numbered from 1, without its ending (LF or CR LF). Only these end a line:
// other separators that Unicode or ASCII knows (U+2028, FS) occur inside sentences. A byte-order mark is dropped.
func eachLine(path string, rep *Report, do func(line int, text string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	for line := 1; ; line++ {
		b, err := bounded.Line(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s:%d: %w", path, line, err)
		}
		last := err != nil
		if last && len(b) == 0 {
			return nil
		}
		b = bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
		if line == 1 {
			b = bytes.TrimPrefix(b, []byte("\ufeff"))
		}
		if !utf8.Valid(b) {
			rep.kept(path, line, "not valid UTF-8")
		}
		if err := do(line, string(b)); err != nil || last {
			return err
		}
	}
}

// splitCSV splits a line at tabs, undoing the quoting of CSV writers: a field that needed it stands in double quotes and has
// its own quotes doubled. What only looks like a quoted field (it opens with a quote and does not close) is left as it is.
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

// quotedField reads one quoted field at the start of s; rest is empty or begins with the tab after it.
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
