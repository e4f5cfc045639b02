package main

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// shared is a study whose cells wait for a grid.
const shared = `checkpoint: checkpoint
data: .
tasks: [udpos]
methods: [prompt, head]
seeds: [1, 2]
pretraining: none
settings:
  epochs: 60
  batch-size: 1
  save-every: 10
  eval-every: 20
  methods:
    prompt: {learning-rate: [0.01, 0.1]}
`

// clock is what depends on the clock in the files of a study.
var clock = regexp.MustCompile(`"(seconds|started|ended|peak_bytes|tokens_per_second)": ?("[^"]*"|[0-9.e+-]+)`)

// results are the files of a study's folder that a second run makes to the byte, without times and memory.
func results(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		name := strings.TrimPrefix(path, dir+"/")
		switch {
		case err != nil:
			return err
		case d.IsDir() && name == "claims":
			return filepath.SkipDir
		case d.IsDir(), filepath.Base(name) == "lock", name == "study.json", // which holds the command
			strings.HasPrefix(d.Name(), "."): // what a killed process was writing
			return nil
		case strings.HasPrefix(name, "report/") && (filepath.Ext(name) != ".csv" || strings.HasSuffix(name, "/runs.csv")): // with times
			return nil
		}
		text, err := os.ReadFile(path)
		files[name] = clock.ReplaceAllString(string(text), "")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sameResults(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is another file than one process's:\n%.3000q\nand not\n%.3000q", name, got[name], want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is not of one process's study", name)
		}
	}
}

// sharer is one of the processes that run a study side by side.
type sharer struct {
	*exec.Cmd
	ended chan error
	out   bytes.Buffer
}

func startSharer(t *testing.T, args []string) *sharer {
	t.Helper()
	s := &sharer{Cmd: xptProcess(args...), ended: make(chan error, 1)}
	s.Stdout, s.Stderr = &s.out, &s.out
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { s.ended <- s.Wait() }()
	return s
}

// Processes that run one study side by side, of which one is killed again and again, and comes back, leave what one process leaves.
// Each cell is computed once, and the report is made once.
func TestStudyIsShared(t *testing.T) {
	dir := workshop(t)
	file := filepath.Join(dir, "study.yaml")
	if err := os.WriteFile(file, []byte(shared), 0o666); err != nil {
		t.Fatal(err)
	}
	args := []string{"study", file, "--dtype", "float32", "--threads", "1", "--out"}
	began := time.Now()
	mustXPT(t, append(args, filepath.Join(dir, "whole"))...)
	took := time.Since(began)
	want := results(t, filepath.Join(dir, "whole"))
	if want["cells/udpos-prompt-last-1-learning-rate=0.1.json"] == "" || want["runs/udpos-head-last-2/best.safetensors"] == "" {
		t.Fatalf("the study lacks files")
	}
	count, studies := 0, 0
	for ; count < kills() || studies == 0; studies++ {
		out := filepath.Join(dir, "shared")
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		var logs []string
		var jobs []*sharer
		for range 3 {
			jobs = append(jobs, startSharer(t, append(args, out)))
		}
		for len(jobs) > 0 {
			i := rand.N(len(jobs))
			victim := jobs[i]
			if count < kills() {
				time.Sleep(rand.N(took / 2))
				victim.Process.Kill()
			}
			err := <-victim.ended
			logs = append(logs, victim.out.String())
			switch {
			case victim.ProcessState.ExitCode() == -1:
				count++
				jobs[i] = startSharer(t, append(args, out))
			case err != nil:
				t.Fatalf("%v: %s", err, victim.out.String())
			default:
				jobs = slices.Delete(jobs, i, i+1)
			}
		}
		sameResults(t, results(t, out), want)
		text := strings.Join(logs, "")
		for name := range want {
			if cell, ok := strings.CutPrefix(strings.TrimSuffix(name, ".json"), "cells/"); ok && strings.Count(text, "  "+cell+"  done  ") > 1 {
				t.Errorf("%s was computed more than once:\n%s", cell, text)
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d kills in %d studies", count, studies)
}

// Without a kill the last of several makes the one report, and all of them show it.
func TestOneReportOfMany(t *testing.T) {
	dir := workshop(t)
	file, out := filepath.Join(dir, "study.yaml"), filepath.Join(dir, "out")
	if err := os.WriteFile(file, []byte(strings.Replace(shared, "epochs: 60", "epochs: 5", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	var jobs []*sharer
	for range 3 {
		jobs = append(jobs, startSharer(t, []string{"study", file, "--dtype", "float32", "--threads", "1", "--out", out}))
	}
	for _, j := range jobs {
		if err := <-j.ended; err != nil || !strings.Contains(j.out.String(), "The page: ") || strings.Contains(j.out.String(), "missing") {
			t.Errorf("%v: %s", err, j.out.String())
		}
	}
	if reports, err := filepath.Glob(filepath.Join(out, "claims", "report.*")); err != nil || len(reports) != 1 {
		t.Errorf("reports: %v, %v", reports, err)
	}
}
