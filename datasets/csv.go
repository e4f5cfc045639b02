package datasets

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"xpt/internal/plaintext"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// headedCSV reads comma-separated rows (RFC 4180) under a header that names the columns. A quoted field may have
// commas, doubled quotes and line ends. A header with semicolons and no comma, as spreadsheets write it where the
// comma is the decimal point, separates by semicolons.
func headedCSV(path string, diag *Diagnostics, do func(record) error) error {
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<16)
	first, err := in.Peek(1 << 16)
	if err != nil && err != io.EOF {
		return err
	}
	text, err := plaintext.Unmarked(first)
	if err != nil {
		return usererror.Errorf("%s:1: %w", path, err)
	}
	if _, err := in.Discard(len(first) - len(text)); err != nil {
		return err
	}
	limited := &recordLimit{in: in}
	rows := csv.NewReader(limited)
	rows.FieldsPerRecord = -1
	if head, _, _ := strings.Cut(string(text), "\n"); strings.Contains(head, ";") && !strings.Contains(head, ",") {
		rows.Comma = ';'
	}
	var header []string
	line := 0
	for {
		limited.left = plaintext.LongestLine
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, errLongRecord) {
			return fail(path, line, "after this line %v", err)
		}
		if err != nil {
			return csvError(path, err)
		}
		line, _ = rows.FieldPos(0)
		if header == nil {
			for i := range fields { // "text, label" is how a list is written
				fields[i] = strings.TrimSpace(fields[i])
			}
			if header = fields; !distinct(header) {
				return fail(path, line, "two columns have one name: %s", strings.Join(header, ", "))
			}
			continue
		}
		r, err := csvRecord(path, line, header, fields, diag)
		if err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
	}
}

func csvRecord(path string, line int, header, fields []string, diag *Diagnostics) (r record, err error) {
	if len(fields) != len(header) {
		return r, fail(path, line, `%d columns: expected the %d of the header (%s); a text with a comma is written in double quotes, "like, this"`,
			len(fields), len(header), strings.Join(header, ", "))
	}
	r = record{path: path, line: line, header: true, values: make(map[string]any, len(header))}
	for i, name := range header {
		if !utf8.ValidString(fields[i]) {
			diag.kept(path, line, "not valid UTF-8")
		}
		r.values[name] = fields[i]
	}
	return r, nil
}

func distinct(names []string) bool {
	sorted := slices.Sorted(slices.Values(names))
	return len(slices.Compact(sorted)) == len(names)
}

// csvError says in the form of other errors what is wrong with the quotes.
func csvError(path string, err error) error {
	var p *csv.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", path, err)
	}
	switch {
	case errors.Is(err, csv.ErrBareQuote):
		return fail(path, p.Line, `a double quote inside a field: put the field in double quotes, and write the quote twice, "a ""word"""`)
	case errors.Is(err, csv.ErrQuote):
		return fail(path, p.StartLine, `a field that a double quote opens is not closed, or goes on behind the closing one: write quotes inside it twice, "a ""word"""`)
	}
	return fail(path, p.Line, "%v", p.Err)
}

var errLongRecord = usererror.Errorf("a row has more than %d bytes: is a double quote not closed?", plaintext.LongestLine)

// recordLimit limits the bytes of a row, which a quote that is never closed would make as long as the file.
type recordLimit struct {
	in   io.Reader
	left int
}

func (l *recordLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLongRecord
	}
	n, err := l.in.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}
