package study

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/datasets"
)

// Limits of a study draw the same examples for all cells, are recorded, and another limit runs the cells again.
func TestLimits(t *testing.T) {
	const text = "checkpoint: CHECKPOINT\ndata: data\ntasks: [udpos]\nmethods: [head]\nseeds: [7, 8]\neval-limit: 1\nsettings: {steps: 1, limit: 2}\n"
	dir := workshop(t, text)
	p := plan(t, dir, "out")
	if ends := run(t, p, all); ends["udpos-head-last-7"] != EndedDone {
		t.Fatal(ends)
	}
	cells := outcomes(t, filepath.Join(dir, "out"))
	for name, o := range cells {
		if *o.Record.Training != (datasets.Sample{Examples: 2, Of: 3}) {
			t.Errorf("%s is trained on %v", name, o.Record.Training)
		}
		for _, l := range o.Languages {
			if l.Examples != 1 || l.Code == "de" && l.Of != 2 || l.Digest != p.tasks["udpos"].digests[l.Code] {
				t.Errorf("%s: %s has %d of %d examples", name, l.Code, l.Examples, l.Of)
			}
		}
	}
	if s, err := Read(filepath.Join(dir, "out")); err != nil || s.EvalLimit != 1 {
		t.Errorf("the study has the limit %d, %v", s.EvalLimit, err)
	}
	if ends := run(t, plan(t, dir, "out"), all); ends["udpos-head-last-8"] != EndedBefore {
		t.Errorf("the same limits: %v", ends)
	}
	for name, change := range map[string][2]string{"eval-limit": {"eval-limit: 1", "eval-limit: 0"}, "limit": {"limit: 2}", "limit: 3}"}, "dev-limit": {"limit: 2}", "limit: 2, dev-limit: 1}"}} {
		path := filepath.Join(dir, "study.yaml")
		was, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(was), change[0], change[1], 1)), 0o666); err != nil {
			t.Fatal(err)
		}
		other := plan(t, dir, "out")
		for i, j := range other.jobs {
			if j.key == p.jobs[i].key {
				t.Errorf("another %s leaves the cell %s as it is", name, j.Name())
			}
		}
		if err := os.WriteFile(path, was, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
