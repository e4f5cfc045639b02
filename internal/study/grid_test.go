package study

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/training"
)

// rates is a study of two methods, one of them with a grid of four points.
const rates = `checkpoint: CHECKPOINT
data: data
tasks: [udpos]
methods: [prompt, head]
pools: [last, first]
seeds: [7, 8]
settings:
  steps: 4
  batch-size: 2
  methods:
    prompt: {prompt-length: [2, 3], learning-rate: [1e-3, 0.1]}
`

// Trials are trained with the first seed and pool and rated by the dev set alone, and their winner's settings are those of all cells.
func TestGrid(t *testing.T) {
	dir := workshop(t, rates)
	out := filepath.Join(dir, "out")
	points := []string{"prompt-length=2,learning-rate=0.001", "prompt-length=2,learning-rate=0.1", "prompt-length=3,learning-rate=0.001", "prompt-length=3,learning-rate=0.1"}
	p := plan(t, dir, "out")
	var mine []string
	for _, c := range p.Mine(all) {
		mine = append(mine, c.Name())
	}
	cells := []string{"udpos-prompt-last-7", "udpos-prompt-last-8", "udpos-prompt-first-7", "udpos-prompt-first-8"}
	want := []string{}
	for _, point := range points {
		want = append(want, "udpos-prompt-last-7-"+point)
	}
	want = append(want, append(cells, "udpos-head-last-7", "udpos-head-last-8", "udpos-head-first-7", "udpos-head-first-8")...)
	if !slices.Equal(mine, want) {
		t.Fatalf("cells %v, want %v", mine, want)
	}
	for name, end := range run(t, p, all) {
		if end != EndedDone {
			t.Errorf("%s ended as %q", name, end)
		}
	}
	got := outcomes(t, out)
	var trials []Outcome
	for _, point := range points {
		o := got["udpos-prompt-last-7-"+point]
		if o.Languages != nil || o.Split != "" || o.Record.Options.Seed != 7 || o.Trial != point {
			t.Errorf("trial %s: %+v", point, o)
		}
		trials = append(trials, o)
	}
	if o := trials[1].Record.Options; o.PromptLength != 2 || o.LearningRate != 0.1 {
		t.Errorf("the second trial has %+v", o)
	}
	winner := trials[Choose(trials)].Record.Options
	for _, name := range cells {
		o := got[name]
		winner.Seed, winner.Pool = o.Seed, o.Pool
		if o.Record.Options != winner || len(o.Languages) != 2 {
			t.Errorf("%s has the options %+v, want %+v", name, o.Record.Options, winner)
		}
	}
	for _, name := range mine[:4] {
		if _, err := os.Stat(filepath.Join(out, predictionsDir, name)); err == nil {
			t.Errorf("the trial %s predicts", name)
		}
	}
	s, err := Read(out)
	if err != nil || len(s.Trials) != 4 || len(s.Cells) != 8 {
		t.Errorf("the study has %d trials and %d cells, %v", len(s.Trials), len(s.Cells), err)
	}

	for name, end := range run(t, plan(t, dir, "out"), all) {
		if end != EndedBefore {
			t.Errorf("the second time %s ended as %q", name, end)
		}
	}
	// Tests are nothing to trials, which the dev set alone rates.
	write(t, filepath.Join(dir, "data/udpos/test-de.tsv"), "die\tDET\nKatze\tNOUN\n")
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if trial := strings.Contains(name, "="); trial != (end == EndedBefore) {
			t.Errorf("with another test %s ended as %q", name, end)
		}
	}
	// Trials with other settings choose nothing.
	text := contents(t, filepath.Join(dir, "study.yaml"))
	write(t, filepath.Join(dir, "study.yaml"), strings.Replace(text, "steps: 4", "steps: 5", 1))
	other := &runner{Plan: plan(t, dir, "out")}
	if _, ok, err := other.chosen(other.jobs[0]); ok || err != nil {
		t.Errorf("settings are chosen by trials with other settings (%v)", err)
	}
	// Of a grid that grows the new points are tried.
	write(t, filepath.Join(dir, "study.yaml"), strings.Replace(text, "[2, 3]", "[2, 3, 4]", 1))
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if strings.Contains(name, "=") && strings.Contains(name, "length=4") != (end == EndedDone) || strings.Contains(name, "head") && end != EndedBefore {
			t.Errorf("in a larger grid %s ended as %q", name, end)
		}
	}
}

// A shard whose winners are not known runs the rest, and says what is left; the same command runs it in the merged folder.
func TestShardsOfGrids(t *testing.T) {
	dir := workshop(t, rates)
	run(t, plan(t, dir, "whole"), all)
	var warned []string
	for _, s := range []struct {
		out   string
		shard Shard
	}{{"one", Shard{1, 2}}, {"two", Shard{2, 2}}} {
		ends := map[string]End{}
		listen := silent(t, ends)
		listen.Warn = func(line string) { warned = append(warned, line) }
		p := plan(t, dir, s.out)
		if err := p.Run(context.Background(), s.shard, listen); err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Mine(s.shard) {
			if want := c.Trial != "" || c.Method == "head"; want != (ends[c.Name()] == EndedDone) {
				t.Errorf("shard %v: %s ended as %q", s.shard, c.Name(), ends[c.Name()])
			}
		}
	}
	if len(warned) != 2 || !strings.Contains(warned[0], "2 of 6 cells are left") || !strings.Contains(warned[0], "run the same command again") {
		t.Errorf("warned of %q", warned)
	}
	for name, text := range tree(t, filepath.Join(dir, "two")) {
		path := filepath.Join(dir, "one", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		write(t, path, text)
	}
	run(t, plan(t, dir, "one"), Shard{1, 2})
	run(t, plan(t, dir, "one"), Shard{2, 2})
	same(t, "merged", outcomes(t, filepath.Join(dir, "one")), outcomes(t, filepath.Join(dir, "whole")))
}

// A trial whose numbers are not finite has lost. It is not run again, and where all have lost the cells say so.
func TestDivergedTrials(t *testing.T) {
	text := strings.NewReplacer("methods: [prompt, head]", "methods: [full]", "[last, first]", "[last]", "prompt: {prompt-length: [2, 3], learning-rate: [1e-3, 0.1]}",
		"full: {learning-rate: [1e6, 1e-5], clip-norm: 0, warm-up: 0}").Replace(rates)
	dir := workshop(t, text)
	const lost = "udpos-full-last-7-learning-rate=1e+06"
	if ends := run(t, plan(t, dir, "out"), all); ends[lost] != EndedDiverged || ends["udpos-full-last-8"] != EndedDone {
		t.Errorf("ends %v", ends)
	}
	if o := outcomes(t, filepath.Join(dir, "out"))["udpos-full-last-8"]; o.Record.Options.LearningRate != 1e-5 {
		t.Errorf("the rate is %v", o.Record.Options.LearningRate)
	}
	if ends := run(t, plan(t, dir, "out"), all); ends[lost] != EndedBefore {
		t.Errorf("the second time: %v", ends)
	}
	write(t, filepath.Join(dir, "study.yaml"), strings.Replace(contents(t, filepath.Join(dir, "study.yaml")), "1e-5", "1e5", 1))
	if err := plan(t, dir, "out").Run(context.Background(), all, silent(t, map[string]End{})); !errors.Is(err, ErrFailed) {
		t.Errorf("all diverge: %v", err)
	}
	if o := outcomes(t, filepath.Join(dir, "out"))["udpos-full-last-8"]; o.Status != Failed || !strings.Contains(o.Error, "all 2 trials") {
		t.Errorf("all diverge: %+v", o)
	}
}

func TestChoose(t *testing.T) {
	trial := func(dev, rate, head float64) Outcome {
		o := Outcome{Status: Done}
		o.Record.Best = &training.Evaluation{Score: dev}
		o.Record.Options.LearningRate, o.Record.Options.HeadRate = rate, head
		return o
	}
	lost := Outcome{Status: Diverged}
	for _, c := range []struct {
		trials []Outcome
		want   int
	}{
		{[]Outcome{trial(0.5, 1, 1), trial(0.7, 9, 9), trial(0.6, 1, 1)}, 1},
		{[]Outcome{trial(0.5, 3, 1), trial(0.5, 2, 9), trial(0.4, 1, 1)}, 1},
		{[]Outcome{trial(0.5, 2, 3), trial(0.5, 2, 2), trial(0.5, 2, 2)}, 1},
		{[]Outcome{lost, trial(0, 2, 3)}, 1},
		{[]Outcome{lost, lost}, -1},
	} {
		if got := Choose(c.trials); got != c.want {
			t.Errorf("trial %d of %+v wins, want %d", got, c.trials, c.want)
		}
	}
}

// A value in a nearer layer takes the place of a list, and a list that of a value; another seed of the trials may be named.
func TestGridsAreLayered(t *testing.T) {
	dir := workshop(t, `checkpoint: CHECKPOINT
data: data
tasks: [udpos, xnli]
methods: [prompt, head, prefix]
seeds: [1, 2]
trial-seed: 5
distances: none
settings:
  learning-rate: [1e-3, 1e-2]
  batch-size: [2]
  methods:
    head: {learning-rate: 1e-4}
  tasks:
    xnli:
      learning-rate: 1e-3
      methods:
        prompt: {learning-rate: [1, 2, 3]}
`)
	f, err := ReadFile(filepath.Join(dir, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for cell, want := range map[[2]string]string{{"udpos", "prefix"}: "learning-rate=0.001 learning-rate=0.01", {"udpos", "head"}: "",
		{"xnli", "prefix"}: "", {"xnli", "prompt"}: "learning-rate=1 learning-rate=2 learning-rate=3"} {
		points, err := f.grid(cell[0], cell[1])
		if got := strings.Join(points, " "); err != nil || got != want {
			t.Errorf("%v has the points %q, want %q (%v)", cell, got, want, err)
		}
	}
	p, err := f.Plan(filepath.Join(dir, "out"), libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, j := range p.trials {
		if j.Seed != 5 || j.options.Seed != 5 || j.options.BatchSize != 2 {
			t.Errorf("%s: %+v", j.Name(), j.options)
		}
	}
	if len(p.trials) != 2+2+3 {
		t.Errorf("%d trials", len(p.trials))
	}
}
