package train

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// tinyCheckpoint makes a checkpoint of random weights with the mini
// checkpoint's tokenizer.
func tinyCheckpoint(t *testing.T) string {
	t.Helper()
	return tinyCheckpointOf(t, 4096)
}

// tinyCheckpointOf has an embedding of the given number of rows.
func tinyCheckpointOf(t *testing.T, rows int) string {
	t.Helper()
	dir := t.TempDir()
	model, err := os.ReadFile("../../testdata/mini/checkpoint/sentencepiece.bpe.model")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sentencepiece.bpe.model"), model, 0o666); err != nil {
		t.Fatal(err)
	}
	c := xglm.DefaultConfig()
	c.VocabSize, c.DModel, c.FFNDim, c.NumLayers, c.AttentionHeads, c.MaxPositionEmbeddings, c.InitStd = rows, 32, 48, 2, 4, 64, 0.2
	if err := xglm.WriteRandom(t.Context(), dir, c, 7, checkpoints.F32); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tinyOptions tune with a method on a task, resolved.
func tinyOptions(t *testing.T, checkpoint, task, method string) training.Options {
	t.Helper()
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Seed = checkpoint, task, method, "none", 3
	o.Epochs, o.BatchSize = 3, 4
	if method == "prompt" || method == "prefix" {
		o.PromptLength = 3
	}
	o, err := Resolve(o)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func newTiny(t *testing.T, o training.Options) *Learner {
	t.Helper()
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		t.Fatal(err)
	}
	b, err := OpenBase(o.Checkpoint, libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	l, err := b.Learner(o, task)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// tagged are sentences whose tags depend on the word alone.
func tagged() (examples []datasets.Example) {
	sentences := [][]string{{"the", "cat", "sleeps", "."}, {"a", "dog", "eats"}, {"the", "bird", "sings", "and", "flies", "."},
		{"a", "cat", "eats", "."}, {"the", "dog", "sleeps"}, {"a", "bird", "flies", "."}}
	tag := map[string]string{"the": "DET", "a": "DET", ".": "PUNCT", "and": "CCONJ", "cat": "NOUN", "dog": "NOUN", "bird": "NOUN"}
	for i, words := range sentences {
		x := datasets.Example{Words: words, File: "tagged.tsv", Line: 10 * i}
		for _, w := range words {
			if tag[w] == "" {
				x.Tags = append(x.Tags, "VERB")
			} else {
				x.Tags = append(x.Tags, tag[w])
			}
		}
		examples = append(examples, x)
	}
	return examples
}

// fit trains l on the tagged sentences and returns every step.
func fit(t *testing.T, l *Learner, o training.Options) (steps []training.Step) {
	t.Helper()
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	tr := newTestTrainer(t, l, items, tagged(), o, func(context.Context) (float64, error) { return 0, nil }, func(e training.Event) {
		if s, ok := e.(training.Step); ok {
			steps = append(steps, s)
		}
	})
	if err := tr.train(context.Background()); err != nil {
		t.Fatal(err)
	}
	return steps
}

// newTestTrainer keeps nothing in a folder, and is freed with the test.
func newTestTrainer(t *testing.T, l *Learner, items []Item, examples []datasets.Example, o training.Options,
	devScore func(context.Context) (float64, error), listen func(training.Event)) *Trainer {
	t.Helper()
	tr, err := NewTrainer(l, items, examples, o, listen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.Free)
	tr.devScore = devScore
	return tr
}

func losses(steps []training.Step) (out []float64) {
	for _, s := range steps {
		out = append(out, s.Loss)
	}
	return out
}
