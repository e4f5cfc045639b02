package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"xpt"
	"xpt/internal/study"
)

// The command from a study file to tables, in a pipe.
func TestStudyCommand(t *testing.T) {
	dir := workshop(t)
	file := filepath.Join(dir, "study.yaml")
	text := "checkpoint: checkpoint\ndata: .\nout: out\ntasks: [udpos]\nmethods: [prompt, head]\nseeds: [1, 2]\npretraining: none\nsettings: {epochs: 10, learning-rate: 0.1, batch-size: 2}\n"
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := invoke(t, "study", file, "--dtype", "float32")
	if status != 0 || strings.Count(stdout, "  done  F1 ") != 4 || !strings.Contains(stdout, "4 of 4  udpos-head-last-2  done  F1 ") ||
		!strings.Contains(stdout, "The page: ") || strings.Contains(stdout+stderr, "\x1b") {
		t.Errorf("status %d:\n%s%s", status, stdout, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "report", "report.md")); err != nil {
		t.Error(err)
	}
	outcomes, err := study.ReadOutcomes(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	means := map[string]float64{} // of German's F1 in percent, by method
	for _, o := range outcomes {
		var alone []xpt.RunResult
		if err := json.Unmarshal([]byte(mustXPT(t, "eval", filepath.Join(dir, "out", "runs", o.Name()), "--data", dir, "--dtype", "float32", "--json")), &alone); err != nil {
			t.Fatal(err)
		}
		for i, l := range alone[0].Languages {
			if got := o.Languages[i]; got.Code != l.Code || !reflect.DeepEqual(got.Scores, l.Scores) {
				t.Errorf("%s: the study has %+v, xpt eval %+v", o.Name(), got.Scores, l.Scores)
			}
			if l.Code == "de" {
				means[o.Method] += 100 * l.Scores[0].Value / 2
			}
		}
	}
	stdout, stderr, status = invoke(t, "study", "--json", "--shard", "1/2", file, "--dtype", "float32")
	var answer studied
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || status != 0 || len(answer.Cells) != 4 || answer.Report == nil || len(answer.Report.Tables) == 0 {
		t.Errorf("--json: status %d, %v: %s%s", status, err, stdout, stderr)
	}
	shown := answer.Report.Tables[0].Rows[1] // language, examples, majority, prompt, head
	for i, method := range []string{"prompt", "head"} {
		if want := fmt.Sprintf("%.1f ±", means[method]); shown[0].Text != "de" || means[method] == 0 || !strings.HasPrefix(shown[3+i].Text, want) {
			t.Errorf("%s in %s has %q, want %q", method, shown[0].Text, shown[3+i].Text, want)
		}
	}
	if err := os.WriteFile(file, []byte(strings.Replace(text, "out: out\n", "", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"name a folder with the key out, or with --out": {file},
		"is not empty, and holds no study":              {file, "--out", filepath.Join(dir, "udpos")},
		`--shard "3/2": expected i/n`:                   {file, "--shard", "3/2"},
		"no such file":                                  {filepath.Join(dir, "none.yaml")},
		"usage: xpt study [flags] FILE.yaml":            {},
	} {
		_, stderr, status := invoke(t, append([]string{"study"}, args...)...)
		if status != 1 || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("status %d, error %q, want one line with %q", status, stderr, want)
		}
	}
}

// The ready files come out of the binary; the mini study runs as it comes, with paths of one's own.
func TestStudyExamples(t *testing.T) {
	dir := workshop(t)
	names := xpt.Examples()
	for _, name := range []string{"mini", "paper", "sbatch", "kubernetes"} {
		if !slices.Contains(names, name) {
			t.Errorf("there is no example %s among %v", name, names)
		}
	}
	help := mustXPT(t, "study", "--help")
	for _, name := range names {
		text := mustXPT(t, "study", "--example", name)
		if len(text) < 100 || !strings.Contains(help, name) {
			t.Errorf("%s: %q", name, text)
		}
	}
	text := mustXPT(t, "study", "--example", "mini")
	for key, value := range map[string]string{"checkpoint": filepath.Join(dir, "checkpoint"), "data": dir, "out": filepath.Join(dir, "out"), "tasks": "[udpos]", "distances": "none"} {
		text = regexp.MustCompile(`(?m)^`+key+`:.*(\n  task:.*)?$`).ReplaceAllString(text, key+": "+value)
	}
	text = regexp.MustCompile(`(?m)^    panx:\n(      .*\n)*`).ReplaceAllString(text, "")
	file := filepath.Join(dir, "study.yaml")
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if stdout := mustXPT(t, "study", file, "--dtype", "float32"); !strings.Contains(stdout, "4 of 4  udpos-head-last-0  done") {
		t.Errorf("the mini study: %s", stdout)
	}
	if list := mustXPT(t, "study", "--example"); !strings.Contains(list, "\nfirst             A first study: prompts, fine-tuning and a head") || strings.Count(list, "\n") != len(names)+1 {
		t.Errorf("the examples: %s", list)
	}
	_, stderr, status := invoke(t, "study", "--example", "other")
	if status != 1 || !strings.Contains(stderr, `--example: there is no example "other": expected `) {
		t.Errorf("status %d, %q", status, stderr)
	}
}
