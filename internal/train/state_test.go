package train

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/training"
)

// A state is believed only where it is what was written, and of this training:
// otherwise the training would go on from other weights, or count as done.
func TestRefusesDamagedStates(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	o.Epochs = 4
	run, dir := create(t, o, newTiny(t, o))
	if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	run.Close()
	path := filepath.Join(dir, stateFile)
	sound := contents(t, path)
	metrics := contents(t, filepath.Join(dir, metricsFile))

	// sealed is the state with another progress and the checksum that goes with it.
	sealed := func(change func(*saved)) string {
		return withProgress(t, path, func(text []byte, sums checksum) []byte {
			var meta saved
			if err := json.Unmarshal(text, &meta); err != nil {
				t.Fatal(err)
			}
			change(&meta)
			if err := meta.seal(sums); err != nil {
				t.Fatal(err)
			}
			out, err := json.Marshal(meta)
			if err != nil {
				t.Fatal(err)
			}
			return out
		})
	}
	unsealed := func(text string) string {
		return withProgress(t, path, func([]byte, checksum) []byte { return []byte(text) })
	}
	same := sealed(func(*saved) {})
	flipped := []byte(sound)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]struct{ state, metrics, want string }{
		"step -1":        {state: sealed(func(s *saved) { s.Step = -1 }), want: "step is -1: expected from 0 to"},
		"step 10^12":     {state: sealed(func(s *saved) { s.Step = 1e12 }), want: "step is 1000000000000: expected from 0 to"},
		"rated later":    {state: sealed(func(s *saved) { s.LastEvalStep = s.Step + 1 }), want: "rated is"},
		"stale":          {state: sealed(func(s *saved) { s.EvalsSinceBest = -1 }), want: "stale is -1"},
		"metrics":        {state: sealed(func(s *saved) { s.Metrics = 1 << 40 }), want: "metrics_bytes is"},
		"fewer metrics":  {state: sound, metrics: metrics[:len(metrics)/2], want: "metrics_bytes is"},
		"null":           {state: unsealed("null"), want: "its checksum is"},
		"empty":          {state: unsealed(""), want: "it is empty"},
		"no fields":      {state: unsealed("{}"), want: "its checksum is"},
		"a bit":          {state: string(flipped), want: "its checksum is"},
		"cut":            {state: sound[:len(sound)-100], want: "safetensors"},
		"nothing":        {state: "", want: "the file is empty"},
		"another tensor": {state: strings.Replace(sound, "prompt_embeddings", "prompt_embeddingz", 1), want: "its checksum is"},
	} {
		t.Run(name, func(t *testing.T) {
			for file, text := range map[string]string{path: c.state, filepath.Join(dir, metricsFile): metrics} {
				if file != path && c.metrics != "" {
					text = c.metrics
				}
				if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			run, err := Resume(dir)
			if err != nil {
				t.Fatal(err)
			}
			defer run.Close()
			err = trainIn(t, run, newTiny(t, o), 0)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), path+" is damaged") || !errors.As(err, new(*usererror.Error)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
	for file, text := range map[string]string{path: same, filepath.Join(dir, metricsFile): metrics} {
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := trainIn(t, again, newTiny(t, o), 0); err != nil {
		t.Errorf("a sound state, written again: %v", err)
	}
}

// withProgress is a state file with another progress, made of its own and the
// checksums of the other tensors.
func withProgress(t *testing.T, path string, change func(text []byte, sums checksum) []byte) string {
	t.Helper()
	ck, err := checkpoints.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	var tensors []checkpoints.TensorWriter
	sums := checksum{}
	var progress checkpoints.Tensor
	for _, name := range ck.Names() {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == progressName {
			progress = x
			continue
		}
		sums.add(name, x.Data)
		tensors = append(tensors, x.Writer())
	}
	progress.Data = change(progress.Data, sums)
	progress.Shape = []int{len(progress.Data)}
	out := filepath.Join(t.TempDir(), stateFile)
	if err := checkpoints.WriteSafetensors(out, append(tensors, progress.Writer()), nil); err != nil {
		t.Fatal(err)
	}
	return contents(t, out)
}

// FuzzRecord holds that a record that is believed is one that can be written.
func FuzzRecord(f *testing.F) {
	o := training.Defaults()
	o.Checkpoint, o.Task, o.Method, o.Data = "/checkpoint", "udpos", "prefix", "/data"
	o, err := Resolve(o)
	if err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(training.Record{Options: o, Labels: []string{"NOUN", "VERB"}, Best: &training.Evaluation{Step: 1, Epoch: 1, Score: 0.5, Best: true}, Threads: 2})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("{}"))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRecord(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseRecord(text); err != nil {
			t.Fatalf("%s is believed, and written again it is not: %v", data, err)
		}
	})
}

// FuzzProgress holds that a progress that is believed is within its training.
func FuzzProgress(f *testing.F) {
	f.Add([]byte(`{"step":3,"best":0.5,"rated":2,"stale":1,"seconds":1.5,"metrics_bytes":100,"checksum":"00000000"}`))
	f.Add([]byte(`{"step":-1}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		meta, err := parseProgress(data, checksum{"a": 1}, training.Record{}, 10, 1000)
		if err == nil && (meta.Step < 0 || meta.Step > 10 || meta.LastEvalStep > meta.Step || meta.Metrics < 0 || meta.Metrics > 1000 || meta.Checksum == "") {
			t.Fatalf("%s is believed: %+v", data, meta)
		}
	})
}
