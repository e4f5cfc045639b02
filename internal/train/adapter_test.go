package train

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
)

// Heads that PEFT saved with a prefix or a prompt give the probabilities that HF computes with them, and the labels in
// the order of id2label.
func TestAdapterWithHeadEqualsPEFT(t *testing.T) {
	text, err := os.ReadFile("testdata/peft-head/expected.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Rows          [][]int
		Probabilities map[string][][]float64
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for kind, probabilities := range want.Probabilities {
		folder := filepath.Join("testdata/peft-head", kind)
		l, r, err := OpenAdapter(folder, AdapterUse{Checkpoint: "../../testdata/mini/checkpoint", Task: "xnli"}, libtorch.CPU, libtorch.Float32)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(r.Labels, []string{"neutral", "entailment", "contradiction"}) || !slices.Equal(l.Task.Labels, r.Labels) {
			t.Errorf("%s: labels %v", kind, r.Labels)
		}
		var items []Item
		for _, ids := range want.Rows {
			items = append(items, Item{IDs: ids, Read: []int{len(ids) - 1}})
		}
		got, err := l.Classify(t.Context(), items, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range items {
			for k, p := range got[i].Probabilities[0] {
				if math.Abs(p-probabilities[i][k]) > 1e-5 {
					t.Errorf("%s, row %d, label %d: %v, want %v", kind, i, k, p, probabilities[i][k])
				}
			}
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	for want, use := range map[string]AdapterUse{
		"its checkpoint is not at mini: pass --checkpoint DIR": {Task: "xnli"},
		"pass --task NAME": {Checkpoint: "../../testdata/mini/checkpoint"},
		`has the label "neutral", which task sib200 has not`: {Checkpoint: "../../testdata/mini/checkpoint", Task: "sib200"},
	} {
		if _, _, err := OpenAdapter("testdata/peft-head/score", use, libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", use, err, want)
		}
	}

	// Without id2label the labels are the task's, if there are as many.
	bare := t.TempDir()
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		data, err := os.ReadFile(filepath.Join("testdata/peft-head/score", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(bare, name), data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for task, want := range map[string]string{"xnli": "", "udpos": "its head has 3 labels, and task udpos has 17"} {
		l, r, err := OpenAdapter(bare, AdapterUse{Checkpoint: "../../testdata/mini/checkpoint", Task: task}, libtorch.CPU, libtorch.Float32)
		if want == "" && (err != nil || !slices.Equal(r.Labels, []string{"entailment", "neutral", "contradiction"})) {
			t.Errorf("task %s: labels %v, %v", task, r.Labels, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("task %s: %v, want %q", task, err, want)
		}
		if err == nil {
			l.Close()
		}
	}
}
