package study

import (
	"path/filepath"
	"strings"
	"testing"

	"xpt/libtorch"
)

const fewShots = rates + `shots:
  languages: [German]
  examples: [1, 2]
  settings:
    steps: 3
    methods:
      prompt: {learning-rate: 0.05}
`

// Few-shot cells start from the runs of their cells, with the settings that these have got, and are evaluated in their language alone.
func TestFewShots(t *testing.T) {
	dir := workshop(t, fewShots)
	write(t, filepath.Join(dir, "data/udpos/train-de.tsv"), "die\tDET\nKatze\tNOUN\n\nein\tDET\nHund\tNOUN\n\nsie\tPRON\nsingt\tVERB\n")
	out := filepath.Join(dir, "out")
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if end != EndedDone {
			t.Errorf("%s ended as %q", name, end)
		}
	}
	got := outcomes(t, out)
	few, source := got["udpos-prompt-first-8-2-shots-de"], got["udpos-prompt-first-8"]
	want := source.Record.Options
	want.Shots, want.ShotsIn, want.Steps, want.LearningRate, want.HeadRate = 2, "de", 3, 0.05, 0.05
	want.From = few.Record.Options.From
	if few.Record.Options != want || !strings.HasSuffix(want.From, "udpos-prompt-first-8") {
		t.Errorf("options %+v, want %+v", few.Record.Options, want)
	}
	if few.Record.Origin == nil || few.Record.Origin.BestFile != source.Record.BestFile || few.Record.Training.Examples != 2 {
		t.Errorf("it started from %+v, on %v", few.Record.Origin, few.Record.Training)
	}
	if len(few.Languages) != 1 || few.Languages[0].Code != "de" {
		t.Errorf("it is evaluated in %v", few.Languages)
	}
	if s, err := Read(out); err != nil || len(s.FewShot) != 16 || len(s.Cells) != 8 {
		t.Errorf("%d few-shot cells, %d cells, %v", len(s.FewShot), len(s.Cells), err)
	}
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if end != EndedBefore {
			t.Errorf("the second time %s ended as %q", name, end)
		}
	}

	// Where the cells change, so does what starts from them, though its own settings stay.
	text := contents(t, filepath.Join(dir, "study.yaml"))
	write(t, filepath.Join(dir, "study.yaml"), strings.Replace(text, "steps: 4", "steps: 5", 1))
	for name, end := range run(t, plan(t, dir, "out"), all) {
		if end != EndedDone {
			t.Errorf("with longer training %s ended as %q", name, end)
		}
	}
	again := outcomes(t, out)["udpos-prompt-first-8-2-shots-de"].Record
	if again.Options != few.Record.Options || again.Origin.BestFile == few.Record.Origin.BestFile {
		t.Errorf("it starts from %s, before from %s", again.Origin.BestFile, few.Record.Origin.BestFile)
	}
}

func TestShotsRefuse(t *testing.T) {
	for change, want := range map[string]string{
		"languages: [German]>":                                   "shots: expected languages",
		"examples: [1, 2]>examples: [0]":                         "shots: expected languages",
		"examples: [1, 2]>examples: [2, 2]":                      "is there twice",
		"examples: [1, 2]>examples: [4]":                         "4 are wanted",
		"languages: [German]>languages: [DE, French]":            "fr",
		"languages: [German]>languages: [de, German]":            "is there twice",
		"steps: 3>steps: [3, 4]":                                 "may have one value",
		"steps: 3>limit: 3":                                      "study.yaml:16: settings of shots: limit",
		"{learning-rate: 0.05}>{prompt-length: 9}":               "prompt-length",
		"methods: [prompt, head]>methods: [full]\nkeep: prompts": "method full",
	} {
		t.Run(change, func(t *testing.T) {
			before, after, _ := strings.Cut(change, ">")
			text := strings.Replace(fewShots, before, after, 1)
			if strings.Contains(change, "full") {
				text = strings.Replace(text, "  methods:\n    prompt: {prompt-length: [2, 3], learning-rate: [1e-3, 0.1]}\n", "", 1)
			}
			dir := workshop(t, text)
			write(t, filepath.Join(dir, "data/udpos/train-de.tsv"), "die\tDET\nKatze\tNOUN\n\nein\tDET\nHund\tNOUN\n\nsie\tPRON\nsingt\tVERB\n")
			if err := planError(t, dir); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "study.yaml:") {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// planError is the error of reading or planning the study.
func planError(t *testing.T, dir string) error {
	t.Helper()
	f, err := ReadFile(filepath.Join(dir, "study.yaml"))
	if err != nil {
		return err
	}
	p, err := f.Plan(filepath.Join(dir, "out"), libtorch.CPU, libtorch.Float32)
	if err == nil {
		err = p.Close()
	}
	return err
}
