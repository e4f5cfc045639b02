package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"xpt/internal/jsonfile"
)

// headedTSV reads tab-separated rows under a header that names the columns.
func headedTSV(split func(string) []string) recordReader {
	return func(path string, diag *Diagnostics, do func(record) error) error {
		var header []string
		return eachLine(path, diag, func(line int, text string) error {
			if header == nil {
				header = split(text)
				for i, name := range header {
					if slices.Contains(header[:i], name) {
						return fail(path, line, "two columns are named %q", name)
					}
				}
				return nil
			}
			if text == "" {
				diag.left(path, line, "empty line")
				return nil
			}
			fields := split(text)
			if len(fields) != len(header) {
				return fail(path, line, "%d tab-separated columns: expected the %d of the header (%s)",
					len(fields), len(header), strings.Join(header, ", "))
			}
			r := record{path: path, line: line, header: true, values: make(map[string]any, len(header))}
			for i, name := range header {
				r.values[name] = fields[i]
			}
			return do(r)
		})
	}
}

// jsonLines reads a JSON object on each line.
func jsonLines(path string, diag *Diagnostics, do func(record) error) error {
	return eachLine(path, diag, func(line int, text string) error {
		if strings.TrimSpace(text) == "" {
			diag.left(path, line, "empty line")
			return nil
		}
		d := json.NewDecoder(bytes.NewReader([]byte(text)))
		d.UseNumber()
		var object map[string]any
		if err := d.Decode(&object); err != nil {
			return fail(path, line, "not a JSON object: %v", jsonfile.UnmarshalPart([]byte(text), &object))
		}
		if _, err := d.Token(); err != io.EOF {
			return fail(path, line, "more than one JSON value on the line")
		}
		if err := jsonfile.Exact([]byte(text), &object); err != nil {
			return fail(path, line, "%v", err)
		}
		for name, v := range object {
			object[name] = plainValue(v)
		}
		return do(record{path: path, line: line, values: object})
	})
}

// plainValue converts a JSON value to a record's types.
func plainValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
		return v.String()
	case bool:
		return fmt.Sprint(v)
	case []any:
		for i := range v {
			v[i] = plainValue(v[i])
		}
		return v
	}
	return v
}
