package datasets

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fuzzRead reads data as a split of a task, and holds what every reader keeps:
// an error names the file, an example says where it stands and has a label the
// task knows, or one for each word.
func fuzzRead(t *testing.T, dir, name, file string, data []byte) {
	path := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	opened, err := Open(name, dir)
	if err != nil {
		return // of data of the user's own, whose labels cannot be collected
	}
	examples, diag, err := opened.LoadWithDiagnostics(dir, "dev", "sw")
	if err != nil {
		if !strings.Contains(err.Error(), path) {
			t.Fatalf("%s: error %q does not name the file", name, err)
		}
		return
	}
	for _, odd := range diag.Odd {
		if odd.File != path || odd.Line < 1 || odd.What == "" {
			t.Fatalf("%s: odd row %+v", name, odd)
		}
	}
	for i, e := range examples {
		labels := slices.Clone(e.Tags)
		if e.Label != "" {
			labels = append(labels, e.Label)
		}
		if e.File != path || e.Line < 1 || e.Tags != nil && len(e.Tags) != len(e.Words) || opened.TagsWords() && len(e.Words) == 0 {
			t.Fatalf("%s: example %d: %+v", name, i, e)
		}
		for _, label := range labels {
			if opened.LabelIndex(label) < 0 {
				t.Fatalf("%s: example %d: label %q is none of %q", name, i, label, opened.Labels)
			}
		}
	}
}

// FuzzTagged reads columns of words and tags, and treebanks.
func FuzzTagged(f *testing.F) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, filepath.Join(dir, "panx"), "panx", "dev-sw.tsv", data)
		fuzzRead(t, filepath.Join(dir, "own"), "tagging", "dev-sw.conll", data)
		fuzzRead(t, filepath.Join(dir, "masakhaner2"), "masakhaner2", "swa/dev.txt", data)
		fuzzRead(t, filepath.Join(dir, "udpos"), "udpos", "sw_x-ud-dev.conllu", data)
	})
}

// FuzzTables reads texts and their labels in tab-separated columns.
func FuzzTables(f *testing.F) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, filepath.Join(dir, "xnli"), "xnli", "dev-sw.tsv", data)
		fuzzRead(t, filepath.Join(dir, "pawsx"), "pawsx", "dev-sw.tsv", data)
		fuzzRead(t, filepath.Join(dir, "sib200"), "sib200", "swh_Latn/dev.tsv", data)
		fuzzRead(t, filepath.Join(dir, "own"), "classification", "dev-sw.tsv", data)
	})
}

// FuzzJSONLines reads an object a line.
func FuzzJSONLines(f *testing.F) {
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRead(t, filepath.Join(dir, "texts"), "classification", "dev-sw.jsonl", data)
		fuzzRead(t, filepath.Join(dir, "tags"), "tagging", "dev-sw.jsonl", data)
		fuzzRead(t, filepath.Join(dir, "xcopa"), "xcopa", "val.sw.jsonl", data)
	})
}

// FuzzParquet reads files that the library which reads them panics at.
func FuzzParquet(f *testing.F) {
	for _, name := range []string{"xnli/en/validation-00000-of-00001.parquet", "xtreme/PAN-X.de/test-00000-of-00001.parquet", "xcopa/et/validation-00000-of-00001.parquet"} {
		data, err := os.ReadFile(fixtures + "parquet/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"xnli", "panx", "xcopa", "classification"} {
			fuzzRead(t, filepath.Join(dir, name), name, "dev-sw.parquet", data)
		}
	})
}
