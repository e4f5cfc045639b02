package study

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xpt/datasets"
	"xpt/libtorch"
)

// What is wrong in a study file is said in one line, with its place, before
// anything runs.
func TestMistakesNameTheirLine(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"seeds: [7]", "sedes: [7]", `study.yaml:7: a study has no key "sedes": did you mean seeds?`},
		{"seeds: [7]", "seeds: [7, 1.5]", "study.yaml:7: seeds: expected a list of whole numbers such as [1, 2, 3], not [7, 1.5]"},
		{"seeds: [7]", "seeds: [7, 7]", "study.yaml:7: seeds: 7 is there twice"},
		{"seeds: [7]", "seeds: []", "study.yaml:7: seeds: the list is empty"},
		{"seeds: [7]", "seeds: [7]\nseeds: [8]", "study.yaml:8: "},
		{"seeds: [7]", "seeds: [7", "study.yaml:8: ',' or ']' must be specified"},
		{"title: Small", "title: [a]", "study.yaml:1: title: expected a text, not [a]"},
		{"[udpos, xnli]", "[udpos, xnly]", `study.yaml:4: tasks: unknown "xnly": use xnli, `},
		{"[udpos, xnli]", "[udpos, xnli, sib200]", "study.yaml:4: tasks: no data of task sib200"},
		{"[full, prompt, likelihood]", "[full, ia3]", `study.yaml:5: methods: unknown "ia3": use full, prompt, prefix, lora, bitfit, head, likelihood`},
		{"[last, first]", "[middle]", `study.yaml:6: pools: unknown "middle"`},
		{"pretraining: xglm", "pretraining: none.tsv", "study.yaml:8: pretraining: open "},
		{"pretraining: xglm", "keep: some", `study.yaml:8: keep: unknown "some": use all, prompts`},
		{"pretraining: xglm", "languages: [English, FR]", `study.yaml:8: languages: no task has data in language "fr"`},
		{"pretraining: xglm", "languages: en", "study.yaml:8: languages: expected all, or a list"},
		{"pretraining: xglm", "split: tset", `study.yaml:8: split: unknown "tset": use dev, test`},
		{"pretraining: xglm", "language: de", "study.yaml:3: data: no train split of task udpos"},
		{"pretraining: xglm", "distances: {task: udpos}", "study.yaml:8: distances: the languages of task udpos are no translations"},
		{"pretraining: xglm", "distances: {tsk: xnli}", `study.yaml:8: distances has no key "tsk": did you mean task?`},
		{"pretraining: xglm", "distances: {sentences: 0}", "study.yaml:8: distances: 0 sentences"},
		{"  steps: 4", "  stepps: 4", `study.yaml:10: settings has no key "stepps": did you mean steps?`},
		{"  steps: 4", "  steps: four", "study.yaml:10: steps: expected a whole number, at least 0 and at most 1000000000, not four"},
		{"  steps: 4", "  steps: -4", "study.yaml:10: steps: expected a whole number, at least 0"},
		{"  steps: 4", "  dropout: -0.5", "study.yaml:10: dropout: expected a number, -1, or at least 0 and below 1, not -0.5"},
		{"  steps: 4", "  dropout: .nan", "study.yaml:10: dropout: expected a number"},
		{"[full, prompt, likelihood]", "[full, head]", "study.yaml:14: settings of method prompt: it is none of the study's methods, full, head"},
		{"      max-length: 64", "      methods: {head: {epochs: 2}}", "study.yaml:17: settings of method head: it is none of"},
		{"    xnli:\n", "    panx:\n", "study.yaml:17: settings of task panx: it is none of the study's tasks, udpos, xnli"},
		{"    xnli:\n", "    xnli:\n      tasks: {udpos: {epochs: 2}}\n", `study.yaml:17: settings of xnli has no key "tasks"`},
		{"  steps: 4", "  seed: 4", "study.yaml:10: settings: seed is set by the study's own key seeds"},
		{"  steps: 4", "  init: text", "study.yaml:10: udpos with full: method full has no prompt: prompt-length, init, init-text and reparametrise do not go with it"},
		{"  steps: 4", "  recipe: lester2021", "study.yaml:10: udpos with full: recipe lester2021 is for method prompt, not full"},
		{"learning-rate: 1e-1", "learning-rate: []", "study.yaml:14: learning-rate: the list is empty"},
		{"learning-rate: 1e-1", "learning-rate: [1, -1]", "study.yaml:14: learning-rate: expected a number, at least 0 and at most 1000000, not -1"},
		{"learning-rate: 1e-1", "learning-rate: [1e-3, 0.001]", "study.yaml:14: learning-rate: the value 0.001 is there twice"},
		{"learning-rate: 1e-1", "init: [vocab, zero]", "study.yaml:14: init: expected a text, not [vocab, zero]"},
		{"learning-rate: 1e-1", "batch-size: [1, 2], accumulate: [1, 2]", "study.yaml:14: udpos with prompt: accumulate 2: a batch of batch-size 1 rows"},
		{"learning-rate: 1e-1", "learning-rate: " + countTo(40) + ", weight-decay: " + countTo(40), "study.yaml:14: udpos with prompt: its lists have more than 1000 combinations"},
		{"learning-rate: 1e-1", "from: runs/a", "study.yaml:14: settings of prompt: the cells of a study start from its checkpoint"},
		{"learning-rate: 1e-1", "shots: [1, 2], shots-language: de", "study.yaml:14: shots: expected"},
		{"learning-rate: 1e-1", "shots: 1", "study.yaml:14: udpos with prompt: shots and shots-language go together"},
		{"learning-rate: 1e-1", "shots: 1, shots-language: de", "study.yaml:3: data: --shots takes examples of a train split, and of no other: no train split of task udpos in language \"de\""},
		{"pretraining: xglm", "trial-seed: first", "study.yaml:8: trial-seed: expected a whole number from 0 on, not first"},
		{"learning-rate: 1e-1", "learning-rate: -1", "study.yaml:14: learning-rate: expected a number, at least 0"},
		{"      max-length: 64", "      max-length: 2", "study.yaml:17: max-length: expected a whole number, at least 4"},
		{"    xnli:\n", "    xnlj:\n", `study.yaml:16: tasks has no key "xnlj": did you mean xnli?`},
		{"    prompt: {", "    promt: {", `study.yaml:14: methods has no key "promt": did you mean prompt?`},
		{"[full, prompt, likelihood]", "[likelihood]", "study.yaml:17: settings of task xnli: the study trains nothing on it"},
		{"title: Small", "title: " + strings.Repeat("[", 20000), "study.yaml:1: nested more than 100 deep"},
		{"title: Small", "title:\n- " + strings.Repeat("- ", 20000), "study.yaml:2: nested more than 100 deep"},
		{"title: Small", "title:\n" + strings.Repeat(" ", 20000) + "- a", "study.yaml:2: nested more than 100 deep"},
		{"title: Small", "title: " + strings.Repeat("a", 200000), "study.yaml has more than 131072 bytes"},
		{"title: Small", "\xff\xfetitle: Small", "study.yaml: the text is UTF-16 or UTF-32: save it as UTF-8"},
		{"checkpoint: CHECKPOINT", "checkpoint: nowhere", "study.yaml:2: checkpoint: "},
		{"checkpoint: CHECKPOINT\n", "", "study.yaml: the key checkpoint is missing"},
		{"data: data", "data: dta", "study.yaml:3: data: stat "},
	} {
		if !strings.Contains(small, c.old) {
			t.Fatalf("the file has no %q", c.old)
		}
		dir := workshop(t, strings.Replace(small, c.old, c.new, 1))
		f, err := ReadFile(filepath.Join(dir, "study.yaml"))
		if err == nil {
			var p *Plan
			if p, err = f.Plan(filepath.Join(dir, "out"), libtorch.CPU, libtorch.Float32); err == nil {
				p.Close()
			}
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q instead of %q: error %v, want one line with %q", c.new, c.old, err, c.want)
		}
	}
}

// countTo is the list of the numbers from 1 to n.
func countTo(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(i+1))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// The nearest layer of settings wins, and a recipe stands below all of them.
func TestSettingsAreLayered(t *testing.T) {
	dir := workshop(t, `checkpoint: CHECKPOINT
data: data
tasks: [udpos, xnli]
settings:
  batch-size: 3
  epochs: 4
  dropout: -1
  methods:
    prompt: {epochs: 5, recipe: philippy2024}
  tasks:
    xnli:
      epochs: 6
      methods:
        prompt:
          epochs: 7
`)
	f, err := ReadFile(filepath.Join(dir, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cell          Cell
		epochs, batch int
		length        int
	}{
		{Cell{Task: "udpos", Method: "full", Pool: "first"}, 4, 3, 0},
		{Cell{Task: "udpos", Method: "prompt", Pool: "last"}, 5, 3, 10},
		{Cell{Task: "xnli", Method: "full"}, 6, 3, 0},
		{Cell{Task: "xnli", Method: "prompt", Seed: 3}, 7, 3, 10},
	} {
		o, err := f.options(c.cell)
		if err != nil || o.Epochs != c.epochs || o.BatchSize != c.batch || o.PromptLength != c.length || o.Seed != c.cell.Seed || o.Dropout != -1 {
			t.Errorf("%s: options %+v, %v", c.cell.Name(), o, err)
		}
		if want := max(c.cell.Pool, "first"); c.cell.Pool == "first" && o.Pool != want {
			t.Errorf("%s: pool %s", c.cell.Name(), o.Pool)
		}
	}
}

// The files that the project comes with have settings that resolve for every
// cell.
func TestReadyFiles(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/study/*.yaml")
	if err != nil || len(paths) < 3 {
		t.Fatalf("files %v, %v", paths, err)
	}
	for _, path := range paths {
		f, err := ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, name := range f.Tasks {
			task, err := datasets.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			made := cells(task, f)
			if len(made) == 0 {
				t.Errorf("%s: no cell of task %s", path, name)
			}
			for _, c := range made {
				if c.Method == Likelihood {
					continue
				}
				points, err := f.grid(c.Task, c.Method)
				if err != nil {
					t.Error(err)
				}
				for _, c.Trial = range append(points, "") {
					if _, err := f.options(c); err != nil {
						t.Error(err)
					}
				}
			}
		}
	}
}

func TestPace(t *testing.T) {
	var p Pace
	full, prompt := Cell{Task: "xnli", Method: "full"}, Cell{Task: "xnli", Method: "prompt"}
	if _, ok := p.Left([]Cell{full}); ok {
		t.Error("time left is known before a cell has ended")
	}
	p.Add(Outcome{Cell: full, Seconds: 10})
	p.Add(Outcome{Cell: full, Seconds: 20})
	if left, ok := p.Left([]Cell{full, prompt}); !ok || left != 30*time.Second {
		t.Errorf("left %v, want 15 s of full and as much of a method that is not known", left)
	}
	p.Add(Outcome{Cell: prompt, Seconds: 3})
	if left, ok := p.Left([]Cell{full, prompt}); !ok || left != 18*time.Second {
		t.Errorf("left %v, want 18 s", left)
	}
}
