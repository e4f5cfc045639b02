package datasets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetRows reads a Parquet file as Hugging Face's datasets library writes it: texts, numbers and lists of them. Its metadata
// names the numbers of labels. A row counts as a line, from 1.
func parquetRows(path string, _ *Report, do func(record) error) (err error) {
	defer func() { // the library panics where a page contradicts its header
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: damaged Parquet file: %v", path, r)
		}
	}()
	f, err := os.Open(path)
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
	names, err := classNames(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	leaves := leafColumns(file.Schema())
	line := 0
	for _, group := range file.RowGroups() {
		err := eachRow(path, group.Rows(), func(row parquet.Row) error {
			line++
			return do(record{path: path, line: line, values: rowValues(row, leaves), names: names})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leaf is a column that holds values: a field of the row, or the elements of a list.
type leaf struct {
	name   string // "" for what lies deeper
	isList bool
	null   int // definition levels below this one say that the value is absent
}

func leafColumns(schema *parquet.Schema) []leaf {
	var leaves []leaf
	for _, path := range schema.Columns() {
		column, _ := schema.Lookup(path...)
		l := leaf{isList: column.MaxRepetitionLevel == 1, null: column.MaxDefinitionLevel}
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
		switch present := v.DefinitionLevel() >= l.null; {
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

// classNames reads the label names that the datasets library stores: features of type ClassLabel, or lists of them.
func classNames(file *parquet.File) (map[string][]string, error) {
	text, ok := file.Lookup("huggingface")
	if !ok {
		return nil, nil
	}
	type feature struct {
		Names   []string        `json:"names"`
		Feature json.RawMessage `json:"feature"` // of a list
	}
	var metadata struct {
		Info struct {
			Features map[string]json.RawMessage `json:"features"`
		} `json:"info"`
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&metadata); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", "huggingface", err)
	}
	names := map[string][]string{}
	for column, raw := range metadata.Info.Features {
		for len(raw) > 0 {
			var f feature
			if json.Unmarshal(raw, &f) != nil { // a struct of features, or a list in old form
				break
			}
			if f.Names != nil {
				names[column] = f.Names
			}
			raw = f.Feature
		}
	}
	return names, nil
}
