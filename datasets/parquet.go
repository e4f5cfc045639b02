package datasets

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"xpt/internal/plaintext"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// parquetRows reads a Parquet file of Hugging Face's datasets library: texts, numbers and lists of them, and in the
// metadata the names of numbered labels. Rows are numbered from 1, as lines are.
func parquetRows(path string, diag *Diagnostics, do func(record) error) (err error) {
	defer func() { // the library panics where a page contradicts its header
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: damaged Parquet file: %v", path, r)
		}
	}()
	f, err := regular.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: not a Parquet file: %w", path, err)
	}
	if unpackedBytes(file) > mostUnpacked(info.Size()) {
		return tooLarge(path, info.Size())
	}
	names, err := classNames(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	leaves := leafColumns(file.Schema())
	line, unpacked := 0, int64(0)
	for _, group := range file.RowGroups() {
		if group.NumRows() == 0 {
			continue // the library does not read what pyarrow writes of a table without rows
		}
		err := eachRow(path, group.Rows(), func(row parquet.Row) error {
			line++
			n := size(row)
			if n > plaintext.LongestLine {
				return fail(path, line, "the row has more than %d bytes: is this a file of texts?", plaintext.LongestLine)
			}
			if unpacked += exampleBytes + int64(n); unpacked > mostUnpacked(info.Size()) {
				return tooLarge(path, info.Size())
			}
			if slices.ContainsFunc(row, func(v parquet.Value) bool { return v.Kind() == parquet.ByteArray && !utf8.Valid(v.ByteArray()) }) {
				diag.kept(path, line, "not valid UTF-8")
			}
			return do(record{path: path, line: line, values: rowValues(row, leaves), names: names})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exampleBytes is about what a row takes beside its values.
const exampleBytes = 256

// mostUnpacked is what a file of so many bytes may come to: texts get some ten times as large, and what was made to
// exhaust memory many thousand times.
func mostUnpacked(size int64) int64 { return 32<<20 + 100*size }

func tooLarge(path string, size int64) error {
	return usererror.Errorf("%s: its %d bytes come to more than %d: is this a file of texts?", path, size, mostUnpacked(size))
}

// unpackedBytes is what a file says that its columns are without compression.
func unpackedBytes(file *parquet.File) (sum int64) {
	for _, group := range file.Metadata().RowGroups {
		for _, column := range group.Columns {
			sum += column.MetaData.TotalUncompressedSize
		}
	}
	return sum
}

// size is the bytes of a row's texts, and about those of its other values.
func size(row parquet.Row) (n int) {
	for _, v := range row {
		n += 8
		if v.Kind() == parquet.ByteArray {
			n += len(v.ByteArray())
		}
	}
	return n
}

// leaf is a column of values: a field of the row, or the elements of a list.
type leaf struct {
	name     string // "" for deeper columns
	isList   bool
	present  int  // definition level of a value; a lower level means that it is absent
	nullable bool // the level below means null (for a list: a null element)
}

func leafColumns(schema *parquet.Schema) []leaf {
	var leaves []leaf
	for _, path := range schema.Columns() {
		column, _ := schema.Lookup(path...)
		l := leaf{isList: column.MaxRepetitionLevel == 1, present: column.MaxDefinitionLevel, nullable: column.Node.Optional()}
		if len(path) == 1 || l.isList && len(path) <= 3 { // tokens.list.element
			l.name = path[0]
		}
		leaves = append(leaves, l)
	}
	return leaves
}

func rowValues(row parquet.Row, leaves []leaf) map[string]any {
	values := map[string]any{}
	for _, v := range row {
		l := leaves[v.Column()]
		switch present := v.DefinitionLevel() >= l.present; {
		case l.name == "":
		case !l.isList:
			values[l.name] = nil
			if present {
				values[l.name] = plainParquet(v)
			}
		default:
			list, _ := values[l.name].([]any)
			if present {
				list = append(list, plainParquet(v))
			} else if l.nullable && v.DefinitionLevel() == l.present-1 {
				list = append(list, nil)
			}
			values[l.name] = list
		}
	}
	return values
}

func plainParquet(v parquet.Value) any {
	switch v.Kind() {
	case parquet.Int32:
		return int64(v.Int32())
	case parquet.Int64:
		return v.Int64()
	case parquet.ByteArray, parquet.FixedLenByteArray:
		return string(v.ByteArray())
	}
	return v.String()
}

func eachRow(path string, rows parquet.Rows, do func(parquet.Row) error) error {
	defer rows.Close()
	buffer := make([]parquet.Row, 256)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			if err := do(row); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: damaged Parquet file: %w", path, err)
		}
	}
}
