package xpt_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"xpt"
	"xpt/training"
)

// A small XGLM that knows simple sentences in nine languages.
const checkpoint = "testdata/mini/checkpoint"

// Sentence vectors, log-probabilities and continuations of a checkpoint.
func Example() {
	ctx := context.Background()
	m, err := xpt.Open(checkpoint, xpt.Options{Compute: xpt.Compute{DType: "float32"}})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	states, err := m.Embed(ctx, xpt.Texts("der Hund schläft .", "the dog sleeps ."), xpt.EmbedOptions{Pool: "mean"})
	if err != nil {
		log.Fatal(err)
	}
	scores, err := m.Score(ctx, xpt.Texts("the dog sleeps .", "dog the . sleeps"))
	if err != nil {
		log.Fatal(err)
	}
	continuations, err := m.Generate(ctx, xpt.Texts("the cat sleeps"), xpt.GenerateOptions{MaxNewTokens: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(states), "vectors of", len(states[0].Hidden[0]), "numbers")
	fmt.Println("the first is likelier:", scores[0].Sum > scores[1].Sum)
	fmt.Printf("the cat sleeps%s\n", continuations[0].Text)
	// Output:
	// 2 vectors of 128 numbers
	// the first is likelier: true
	// the cat sleeps in
}

// A prefix is trained to tag words in English, and evaluated in German too.
func ExampleTrain() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := writeData(dir); err != nil {
		log.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data, o.Epochs, o.BatchSize = checkpoint, "udpos", "prefix", dir, 40, 2
	compute := xpt.Compute{DType: "float32"}
	record, err := xpt.Train(ctx, run, o, compute, func(e training.Event) {
		if w, ok := e.(training.Warning); ok {
			log.Print(w)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	m, err := xpt.OpenRun(run, compute)
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	tagged, err := m.Predict(ctx, [][]string{{"the", "dog", "sleeps"}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := m.Evaluate(ctx, xpt.EvaluateOptions{Data: dir})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("parameters trained:", record.Counts.Adapted+record.Counts.Head)
	fmt.Println(tagged[0].Labels)
	for _, l := range result.Languages {
		fmt.Println(result.Split, l.Code, l.Examples)
	}
	// Output:
	// parameters trained: 18577
	// [DET NOUN VERB]
	// test en 1
	// test de 1
}

// writeData writes the smallest data set that something can be trained on.
func writeData(dir string) error {
	if err := os.Mkdir(filepath.Join(dir, "udpos"), 0o777); err != nil {
		return err
	}
	for name, text := range map[string]string{
		"train-en.tsv": "the\tDET\ncat\tNOUN\nsleeps\tVERB\n.\tPUNCT\n\na\tDET\ndog\tNOUN\neats\tVERB\n",
		"dev-en.tsv":   "a\tDET\ncat\tNOUN\neats\tVERB\n",
		"test-en.tsv":  "the\tDET\ndog\tNOUN\nsleeps\tVERB\n",
		"test-de.tsv":  "der\tDET\nHund\tNOUN\nschläft\tVERB\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, "udpos", name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}
