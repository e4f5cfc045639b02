package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/damages"
)

// Whatever is wrong in the record of a run, it is told in one line as the
// user's to fix, or it is nothing that matters: no command crashes.
func TestDamagedRunRecords(t *testing.T) {
	b := newFaultBench(t)
	at := func(name string) string { return filepath.Join(b.dir, name) }
	record := at("run/run.json")
	sound, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	all, err := damages.Of(sound)
	if err != nil {
		t.Fatal(err)
	}
	commands := [][]string{{"inspect", at("run")}, {"eval", at("run"), "--data", b.dir}, {"train", "--resume", "--out", at("run")},
		{"predict", at("run"), "--text", at("texts.txt")}}
	for i, d := range all {
		if err := os.WriteFile(record, d.Text, 0o666); err != nil {
			t.Fatal(err)
		}
		args := commands[i%len(commands)]
		_, stderr, status := invoke(t, args...)
		if status != 0 && status != userError || status != 0 && strings.Count("\n"+stderr, "\nxpt: ") != 1 {
			t.Errorf("%s: xpt %s: status %d: %s", d.Where, args[0], status, stderr)
		}
	}
}
