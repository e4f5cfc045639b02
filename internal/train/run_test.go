package train

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// trainIn trains l in a run folder until a step, or to the end with 0, and
// returns the error.
func trainIn(t *testing.T, run *Run, l *Learner, until int) error {
	t.Helper()
	items, err := l.Items(tagged())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tr := newTestTrainer(t, l, items, tagged(), run.Options, func(ctx context.Context) (float64, error) {
		loss, err := l.Loss(ctx, items)
		return -loss, err
	}, func(e training.Event) {
		if s, ok := e.(training.Step); ok && s.Step == until {
			cancel()
		}
	})
	return run.train(ctx, tr)
}

func create(t *testing.T, o training.Options, l *Learner) (*Run, string) {
	t.Helper()
	record, err := NewRecord(o, l)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	run := NewRun(dir, o)
	if err := run.create(record); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Close() })
	return run, dir
}

func contents(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A training that is cut at any step and goes on ends with the files of one
// that was not cut, bit for bit: what it is for, the state, and which
// evaluation was the best.
func TestResumedRunEndsAsAnUncutOne(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	atOnce := maxInFlight
	for _, method := range []string{"full", "prefix", "lora"} {
		for _, every := range []int{0, 2} {
			o := tinyOptions(t, checkpoint, "udpos", method)
			o.LearningRate, o.HeadRate, o.SaveEvery, o.Epochs = 3e-2, 3e-2, every, 4
			if method == "lora" {
				o.LoRADropout, o.LoRABias = 0.3, "lora_only"
			}
			l := newTiny(t, o)
			whole, wholeDir := create(t, o, l)
			maxInFlight = atOnce
			if err := trainIn(t, whole, l, 0); err != nil {
				t.Fatal(err)
			}
			for i, cuts := range [][]int{{1}, {2, 5}, {3, 4, 7}, {1}, {2, 4}} {
				readLate(t, i/3) // the last ones
				run, dir := create(t, o, newTiny(t, o))
				for _, cut := range cuts {
					err := trainIn(t, run, newTiny(t, o), cut)
					if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "xpt train --resume --out "+dir+" goes on") {
						t.Fatalf("cut at step %d: %v", cut, err)
					}
					run.Close()
					if run, err = Resume(dir); err != nil {
						t.Fatal(err)
					}
				}
				if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
					t.Fatal(err)
				}
				run.Close()
				if contents(t, filepath.Join(dir, bestFile)) != contents(t, filepath.Join(wholeDir, bestFile)) {
					t.Errorf("%s, cut at %v: %s differs", method, cuts, bestFile)
				}
				if a, b := run.Best, whole.Best; a.Step != b.Step || a.Score != b.Score {
					t.Errorf("%s, cut at %v: best %+v, want %+v", method, cuts, a, b)
				}
				if a, b := strings.Count(contents(t, filepath.Join(dir, metricsFile)), "\n"), strings.Count(contents(t, filepath.Join(wholeDir, metricsFile)), "\n"); a != b {
					t.Errorf("%s, cut at %v: %d lines of metrics, want %d", method, cuts, a, b)
				}
				for _, field := range []string{"grad_norm", "learning_rate", "head_learning_rate", "tokens_per_second", "padding", "peak_bytes"} {
					if !strings.Contains(contents(t, filepath.Join(dir, metricsFile)), `"`+field+`":`) {
						t.Errorf("the metrics have no %s", field)
					}
				}
				if _, err := Resume(dir); err == nil || !strings.Contains(err.Error(), "is finished") {
					t.Errorf("a finished run is resumed: %v", err)
				}
			}
		}
	}
}

// What a killed process leaves between its writes is gone on from: no state
// yet, and metrics beyond the state.
func TestResumeAfterAKill(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	l := newTiny(t, o)
	whole, wholeDir := create(t, o, l)
	if err := trainIn(t, whole, l, 0); err != nil {
		t.Fatal(err)
	}
	run, dir := create(t, o, newTiny(t, o))
	if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	run.Close()
	if err := os.Remove(filepath.Join(dir, stateFile)); err != nil { // as if killed before the first save
		t.Fatal(err)
	}
	partial := filepath.Join(dir, "."+bestFile+".123")
	if err := os.WriteFile(partial, nil, 0o666); err != nil { // as if killed while it was written
		t.Fatal(err)
	}
	run, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(partial); err == nil {
		t.Error("what a killed process was writing is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, stateFile)); err == nil {
		t.Error("a finished run keeps its state")
	}
	if contents(t, filepath.Join(dir, bestFile)) != contents(t, filepath.Join(wholeDir, bestFile)) {
		t.Error("a run that was killed before its first save ends otherwise")
	}
}

// What is no file in the place of one of a run's is the user's to remove.
func TestRunOfSpecialFiles(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "prefix")
	for _, name := range []string{recordFile, metricsFile, bestFile, stateFile, lockFile} {
		for what, place := range map[string]func(string) error{
			"is a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o666) },
			"is a folder": func(path string) error { return os.Mkdir(path, 0o777) },
		} {
			l := newTiny(t, o)
			run, dir := create(t, o, l)
			if err := trainIn(t, run, l, 3); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			run.Close()
			path := filepath.Join(dir, name)
			if err := errors.Join(os.Remove(path), place(path)); err != nil {
				t.Fatal(err)
			}
			run, err := Resume(dir)
			if err == nil {
				err = trainIn(t, run, newTiny(t, o), 0)
				run.Close()
			}
			if err == nil || !strings.Contains(err.Error(), path+" "+what) || !errors.As(err, new(*usererror.Error)) {
				t.Errorf("%s %s: error %v", name, what, err)
			}
		}
	}
}

// A run that is opened again predicts what it predicted when it was saved.
func TestRunOpensAsItWasSaved(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	for _, method := range Methods() {
		t.Run(method, func(t *testing.T) {
			o := tinyOptions(t, checkpoint, "udpos", method)
			o.LearningRate, o.HeadRate = 1e-2, 1e-2
			l := newTiny(t, o)
			run, dir := create(t, o, l)
			if _, _, err := OpenRun(dir, "", libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "no finished evaluation") {
				t.Errorf("a run without an evaluation opens: %v", err)
			}
			if err := trainIn(t, run, l, 0); err != nil {
				t.Fatal(err)
			}
			items, err := l.Items(tagged())
			if err != nil {
				t.Fatal(err)
			}
			opened, record, err := OpenRun(dir, "", libtorch.CPU, libtorch.Float32)
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			loss, err := opened.Loss(context.Background(), items)
			// To rounding: training prepacks the weights where that is faster, and this run is too short to.
			if err != nil || !record.Finished || math.Abs(loss+record.Best.Score) > 1e-6*loss {
				t.Errorf("loss %v, %v, at the best evaluation %+v", loss, err, record.Best)
			}
			if record.Best.Epoch == o.Epochs {
				if a, b := values(t, l), values(t, opened); !slices.Equal(a[headWeightName], b[headWeightName]) {
					t.Error("the head is not the one that was saved")
				}
			}
		})
	}
}

// A run whose file was damaged tells no labels.
func TestRunWithNaNDoesNotOpen(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "head")
	l := newTiny(t, o)
	run, dir := create(t, o, l)
	if err := trainIn(t, run, l, 0); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, bestFile)
	file := contents(t, path)
	if err := os.WriteFile(path, []byte(file[:len(file)-4]+"\x00\x00\xc0\x7f"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenRun(dir, "", libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "1 of ") || !strings.Contains(err.Error(), "NaN or infinite") {
		t.Errorf("error %v", err)
	}
}

func TestRunRefusesAnotherBackboneAndASecondProcess(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	l := newTiny(t, o)
	run, dir := create(t, o, l)
	if _, err := Resume(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second process gets the folder: %v", err)
	}
	if err := NewRun(dir, o).create(run.Record); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a run folder is written over: %v", err)
	}
	if err := trainIn(t, run, l, 0); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(checkpoint, "config.json")
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{`"activation_function": "gelu"`: `"activation_function": "relu"`, `"scale_embedding": true`: `"scale_embedding": false`} {
		if err := os.WriteFile(config, bytes.Replace(text, []byte(from), []byte(to), 1), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := OpenRun(dir, "", libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "and the run was trained with gelu, 4 attention heads and a scaled embedding") {
			t.Errorf("a prefix opens on a backbone with %s: %v", to, err)
		}
	}
	if err := os.WriteFile(config, text, 0o666); err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(checkpoint, "model.safetensors")
	ck, err := checkpoints.OpenFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	var changed []checkpoints.TensorWriter
	for _, name := range ck.Names() {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "model.layers.1.fc1.bias" {
			x.Data = bytes.Repeat([]byte{1}, len(x.Data))
		}
		changed = append(changed, x.Writer())
	}
	if err := checkpoints.WriteSafetensors(weights, changed, nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := OpenRun(dir, "", libtorch.CPU, libtorch.Float32); err == nil || !strings.Contains(err.Error(), "other weights") {
		t.Errorf("a prefix opens on a backbone that it was not trained on: %v", err)
	}
}
