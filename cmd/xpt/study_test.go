package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command from a study file to tables, in a pipe.
func TestStudyCommand(t *testing.T) {
	dir := workshop(t)
	file := filepath.Join(dir, "study.yaml")
	text := "checkpoint: checkpoint\ndata: .\nout: out\ntasks: [udpos]\nmethods: [prompt, head]\nseeds: [1, 2]\npretraining: none\nsettings: {epochs: 1, batch-size: 2}\n"
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
	stdout, stderr, status = invoke(t, "study", "--json", "--shard", "1/2", file, "--dtype", "float32")
	var answer studied
	if err := json.Unmarshal([]byte(stdout), &answer); err != nil || status != 0 || len(answer.Cells) != 4 || answer.Report == nil || len(answer.Report.Tables) == 0 {
		t.Errorf("--json: status %d, %v: %s%s", status, err, stdout, stderr)
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
