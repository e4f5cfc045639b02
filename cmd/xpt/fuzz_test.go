package main

import (
	"testing"

	"xpt/datasets"
)

// FuzzParseRow holds that a row's ids are those of the vocabulary, and that
// something of it is shown.
func FuzzParseRow(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		const vocab = 100
		r, err := parseRow(line, 1)
		if err != nil || r.Check(vocab) != nil {
			return
		}
		shown := r.Shown()
		for _, id := range shown {
			if id < 0 || id >= vocab {
				t.Fatalf("id %d of %q", id, line)
			}
		}
		if len(shown) == 0 || r.Prefix > len(shown) || r.Mask != nil && len(r.Mask) != len(r.IDs) {
			t.Fatalf("%q gives %+v", line, r)
		}
	})
}

// FuzzPredictable reads lines of text and of JSON as what a run labels.
func FuzzPredictable(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		for _, task := range datasets.Tasks() {
			for _, asJSON := range []bool{false, true} {
				input, err := parseInput(line, task, asJSON)
				if err != nil {
					continue
				}
				x, err := task.Example(input)
				if err != nil {
					t.Fatalf("%q is %q: %v", line, input, err)
				}
				if task.TagsWords() && (x.Text != "" || x.Tags != nil) {
					t.Fatalf("%q is %+v", line, x)
				}
			}
		}
	})
}
