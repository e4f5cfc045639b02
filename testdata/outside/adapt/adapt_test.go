package main

import (
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"xpt"
)

// given returns a folder that test.sh names.
func given(t *testing.T, variable string) string {
	t.Helper()
	folder := os.Getenv(variable)
	if folder == "" {
		t.Skip(variable, "names no folder")
	}
	return folder
}

// A run is trained, evaluated, used for labels, and written for PEFT.
func TestRun(t *testing.T) {
	checkpoint, data := given(t, "CHECKPOINT"), given(t, "DATA")
	run := filepath.Join(t.TempDir(), "run")
	if err := train(t.Context(), checkpoint, data, run); err != nil {
		t.Fatal(err)
	}
	m, err := xpt.OpenRun(run, xpt.Compute{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := use(t.Context(), m, data); err != nil {
		t.Error(err)
	}
	labels, err := m.Predict(t.Context(), [][]string{{"A", "B"}, {"C", "D"}})
	if err != nil || len(labels) != 2 {
		t.Fatalf("%v, %v", labels, err)
	}
	sum := 0.0
	for _, p := range labels[0].Probabilities[0] {
		sum += p
	}
	if len(labels[0].Probabilities[0]) != 3 || math.Abs(sum-1) > 1e-3 {
		t.Errorf("probabilities %v", labels[0].Probabilities)
	}
	if _, err := m.Predict(t.Context(), [][]string{{"alone"}}); !xpt.IsUserError(err) {
		t.Errorf("one text for a task of pairs: %v", err)
	}
	adapter := filepath.Join(t.TempDir(), "adapter")
	if _, err := xpt.Convert(t.Context(), run, adapter, xpt.ConvertOptions{To: "peft"}); err != nil {
		t.Fatal(err)
	}
	adapted, err := xpt.Open(checkpoint, xpt.Options{Adapter: adapter})
	if err != nil {
		t.Fatal(err)
	}
	if err := adapted.Close(); err != nil {
		t.Error(err)
	}
}

// A checkpoint that is opened with no options serves several goroutines.
func TestCheckpoint(t *testing.T) {
	m, err := xpt.Open(given(t, "CHECKPOINT"), xpt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	texts := xpt.Texts("the cat sleeps", "der Hund schläft")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			states, err := m.Embed(t.Context(), texts, xpt.EmbedOptions{Pool: "last"})
			if err != nil || len(states) != 2 || len(states[0].Hidden[0]) != m.Config().DModel {
				t.Errorf("embed: %d rows, %v", len(states), err)
			}
			scores, err := m.Score(t.Context(), texts)
			if err != nil || len(scores) != 2 || !(scores[0].Sum < 0) {
				t.Errorf("score: %v, %v", scores, err)
			}
			added, err := m.Generate(t.Context(), texts, xpt.GenerateOptions{MaxNewTokens: 3})
			if err != nil || len(added) != 2 || added[0].Text == "" {
				t.Errorf("generate: %v, %v", added, err)
			}
		})
	}
	wg.Wait()
}

// A mistake is an error that says so.
func TestErrors(t *testing.T) {
	if _, err := xpt.Open(t.TempDir(), xpt.Options{}); !xpt.IsUserError(err) {
		t.Errorf("an empty folder: %v", err)
	}
}
