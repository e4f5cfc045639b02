package datasets

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"xpt/internal/plaintext"
)

type taggedParquet struct {
	Tokens []*string `parquet:"tokens,list"`
	Tags   []*int64  `parquet:"ner_tags,list"`
}

// writeParquet writes panx/dev-sw.parquet into a new folder, with the features that the datasets library stores.
func writeParquet(t *testing.T, features string, rows []taggedParquet) (dir string) {
	t.Helper()
	dir = t.TempDir()
	f, err := os.Create(filepath.Join(dir, "dev-sw.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var options []parquet.WriterOption
	if features != "" {
		options = append(options, parquet.KeyValueMetadata("huggingface", `{"info": {"features": `+features+`}}`))
	}
	w := parquet.NewGenericWriter[taggedParquet](f, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func pointers[T any](values ...T) (list []*T) {
	for i := range values {
		list = append(list, &values[i])
	}
	return list
}

// The file's names win over the publisher's numbers, in whatever form its library wrote them.
func TestParquetFeatures(t *testing.T) {
	rows := []taggedParquet{{pointers("Kano", "ni", "mji"), pointers[int64](1, 0, 2)}}
	const label = `{"names": ["B-LOC", "O", "I-PER"], "_type": "ClassLabel"}`
	for name, c := range map[string]struct{ features, want string }{
		"no features":      {"", "B-PER O I-PER"},
		"no names":         {`{"ner_tags": {"feature": {"dtype": "int64", "_type": "Value"}, "_type": "Sequence"}}`, "B-PER O I-PER"},
		"a sequence":       {`{"ner_tags": {"feature": ` + label + `, "_type": "Sequence"}}`, "O B-LOC I-PER"},
		"a list":           {`{"tokens": [{"dtype": "string", "_type": "Value"}], "ner_tags": [` + label + `]}`, "O B-LOC I-PER"},
		"a list of itself": {`{"ner_tags": {"feature": [` + label + `], "_type": "List"}}`, "O B-LOC I-PER"},
		"a data card":      {`[{"name": "tokens", "sequence": "string"}, {"name": "ner_tags", "sequence": {"class_label": {"names": {"0": "B-LOC", "1": "O", "2": "I-PER"}}}}]`, "O B-LOC I-PER"},
		"dtype":            {`[{"name": "ner_tags", "list": {"dtype": {"class_label": {"names": ["B-LOC", "O", "I-PER"]}}}}]`, "O B-LOC I-PER"},
	} {
		examples, err := task(t, "panx").Load(writeParquet(t, c.features, rows), "dev", "sw")
		if err != nil || strings.Join(examples[0].Tags, " ") != c.want {
			t.Errorf("%s: %+v, %v, want %s", name, examples, err, c.want)
		}
	}
	for _, features := range []string{`{"ner_tags": [{"names": "O, B-LOC"}]}`, `{"ner_tags": {"names": ["O", 1]}}`, `{"ner_tags": {"names": {"O": 1}}}`} {
		if _, err := task(t, "panx").Load(writeParquet(t, features, rows), "dev", "sw"); err == nil || !strings.Contains(err.Error(), "feature ner_tags: the names of its labels are no list of texts") {
			t.Errorf("%s: %v", features, err)
		}
	}
}

// A struct may have a field that is called names: it is none of labels.
func TestParquetStructWithNames(t *testing.T) {
	rows := []taggedParquet{{pointers("Kano", "ni", "mji"), pointers[int64](1, 0, 2)}}
	for _, names := range []string{`{"dtype": "string", "_type": "Value"}`, `[{"dtype": "string", "_type": "Value"}]`, `{"first": {"dtype": "string", "_type": "Value"}}`} {
		features := `{"meta": {"names": ` + names + `}, "ner_tags": [{"names": ["B-LOC", "O", "I-PER"], "_type": "ClassLabel"}]}`
		examples, err := task(t, "panx").Load(writeParquet(t, features, rows), "dev", "sw")
		if err != nil || strings.Join(examples[0].Tags, " ") != "O B-LOC I-PER" {
			t.Errorf("%s: %+v, %v", names, examples, err)
		}
	}
}

// testdata/parquet/empty.parquet is what pyarrow writes of no rows.
func TestParquetWithoutRows(t *testing.T) {
	err := parquetRows(filepath.Join("testdata", "parquet", "empty.parquet"), &Diagnostics{}, func(record) error { return nil })
	if err != nil {
		t.Errorf("error %v", err)
	}
}

func TestParquetNotUTF8(t *testing.T) {
	path := filepath.Join(writeParquet(t, "", []taggedParquet{{pointers("Z\xfcrich"), pointers[int64](0)}}), "dev-sw.parquet")
	var diag Diagnostics
	if err := parquetRows(path, &diag, func(record) error { return nil }); err != nil || len(diag.Odd) != 1 || diag.Odd[0].What != "not valid UTF-8" {
		t.Errorf("%+v, %v", diag, err)
	}
}

// A null is told, and shifts nothing to its left.
func TestParquetNulls(t *testing.T) {
	for want, row := range map[string]taggedParquet{
		"dev-sw.parquet:1: word 2 is null":                   {append(pointers("Kano"), nil), pointers[int64](0, 0)},
		"dev-sw.parquet:1: label in column ner_tags is null": {pointers("Kano", "ni"), append(pointers[int64](0), nil)},
	} {
		if _, err := task(t, "panx").Load(writeParquet(t, "", []taggedParquet{row}), "dev", "sw"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// A small file may not come to texts without end: pages that compression shrank, or one text that many rows share.
func TestParquetFilesHaveAnEnd(t *testing.T) {
	for name, most := range map[string]int{"shared.parquet": 40, "unpacked.parquet": 0} { // rows that are read before
		read := 0
		err := parquetRows(filepath.Join("testdata", "parquet", name), &Diagnostics{}, func(record) error { read++; return nil })
		if err == nil || !strings.Contains(err.Error(), name+": its ") || !strings.Contains(err.Error(), "bytes come to more than") || read > most {
			t.Errorf("%s: error %v after %d rows", name, err, read)
		}
	}
}

// A row has the limit of a line.
func TestParquetRowsHaveAnEnd(t *testing.T) {
	row := taggedParquet{pointers(strings.Repeat("x", plaintext.LongestLine)), pointers[int64](0)}
	if _, err := task(t, "panx").Load(writeParquet(t, "", []taggedParquet{row}), "dev", "sw"); err == nil || !strings.Contains(err.Error(), "dev-sw.parquet:1: the row has more than") {
		t.Errorf("error %v", err)
	}
}
