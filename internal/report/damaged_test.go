package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/damages"
	"xpt/internal/study"
	"xpt/internal/usererror"
)

// Whatever is wrong in the files of a study, the report is made or refused with
// the file's name, and never ends in a panic.
func TestDamagedStudies(t *testing.T) {
	f := small(t)
	f.write("analyses/distances/frozen.json", study.Distances{Task: "xnli", Backbone: "frozen", Method: "frozen", Sentences: 10, Languages: []study.Distance{
		{Language: "en", Mean: []float64{0, 0}}, {Language: "de", Cosine: 0.2, Mean: []float64{1, 2}}}})
	for _, name := range []string{"study.json", "cells/xnli-prefix-1.json", "analyses/xnli.json", "analyses/distances/frozen.json"} {
		path := filepath.Join(f.dir, name)
		sound, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all, err := damages.Of(sound)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			if err := os.WriteFile(path, d.Text, 0o666); err != nil {
				t.Fatal(err)
			}
			func() {
				defer func() {
					if r := recover(); r != nil {
						t.Errorf("%s, %s: panic: %v", name, d.Where, r)
					}
				}()
				if _, err := Make(f.dir); err != nil && (!strings.Contains(err.Error(), path) || !errors.As(err, new(*usererror.Error))) {
					t.Errorf("%s, %s: error %v", name, d.Where, err)
				}
			}()
		}
		if err := os.WriteFile(path, sound, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
