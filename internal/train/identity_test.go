package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// A run neither opens nor goes on with another best.safetensors than it kept, or with a record that
// was edited. A run of an earlier xpt, which repeated nothing, does.
func TestRefusesAnotherBestFileAndAnEditedRecord(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	cut := func(seed uint64) (training.Options, string) {
		o := tinyOptions(t, checkpoint, "udpos", "prefix")
		o.Epochs, o.Seed = 4, seed
		run, dir := create(t, o, newTiny(t, o))
		if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		run.Close()
		return o, dir
	}
	o, dir := cut(3)
	_, other := cut(4)
	best, record := contents(t, filepath.Join(dir, bestFile)), contents(t, filepath.Join(dir, recordFile))
	nan := bytes.Clone([]byte(best))
	copy(nan[len(nan)-4:], "\x00\x00\xc0\x7f")
	edited := func(change func(*training.Record)) string {
		var r training.Record
		if err := json.Unmarshal([]byte(record), &r); err != nil {
			t.Fatal(err)
		}
		change(&r)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	resume := func(o training.Options) error {
		run, err := Resume(dir)
		if err != nil {
			return err
		}
		defer run.Close()
		return trainIn(t, run, newTiny(t, o), 0)
	}
	for name, c := range map[string]struct{ best, record, want string }{
		"lost":            {best: "", want: "put it back"},
		"cut":             {best: best[:len(best)-8], want: "put it back"},
		"a bit":           {best: best[:len(best)-8] + "\x01" + best[len(best)-7:], want: "its checksum is another"},
		"NaN":             {best: string(nan), want: "put it back"},
		"of another run":  {best: contents(t, filepath.Join(other, bestFile)), want: "seed is 3 in run.json, and was 4"},
		"labels reversed": {record: edited(func(r *training.Record) { slices.Reverse(r.Labels) }), want: "the labels in run.json"},
		"learning rate":   {record: edited(func(r *training.Record) { r.Options.LearningRate *= 2 }), want: "learning-rate is 0.02 in run.json, and was 0.01"},
		"another task":    {record: edited(func(r *training.Record) { r.Options.Task = "masakhapos" }), want: "task is masakhapos in run.json, and was udpos"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			defer restoreFiles(t, map[string]string{filepath.Join(dir, bestFile): best, filepath.Join(dir, recordFile): record})
			if c.record != "" {
				restoreFiles(t, map[string]string{filepath.Join(dir, recordFile): c.record})
			} else {
				restoreFiles(t, map[string]string{filepath.Join(dir, bestFile): c.best})
			}
			if name == "lost" {
				os.Remove(filepath.Join(dir, bestFile))
			}
			_, _, opened := OpenRun(dir, libtorch.CPU, libtorch.Float32)
			_, _, exported := Trained(dir)
			for what, err := range map[string]error{"opened": opened, "exported": exported, "resumed": resume(o)} {
				if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, new(*usererror.Error)) {
					t.Errorf("%s: error %v, want %q", what, err, c.want)
				}
			}
			// As far as the state is asked, it refuses by itself.
			if c.record != "" {
				run := &Run{dir: dir}
				if err := run.lockFolder(); err != nil {
					t.Fatal(err)
				}
				defer run.Close()
				if err := json.Unmarshal([]byte(c.record), &run.Record); err != nil {
					t.Fatal(err)
				}
				if err := trainIn(t, run, newTiny(t, o), 0); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), stateFile) {
					t.Errorf("the state is believed: %v", err)
				}
			}
		})
	}
	old := edited(func(r *training.Record) { r.BestFile = "" })
	restoreFiles(t, map[string]string{filepath.Join(dir, recordFile): old})
	l, _, err := OpenRun(dir, libtorch.CPU, libtorch.Float32)
	if err != nil {
		t.Fatalf("a run without a fingerprint: %v", err)
	}
	l.Close()
	restoreFiles(t, map[string]string{filepath.Join(dir, recordFile): record})
	if err := resume(o); err != nil {
		t.Errorf("a sound run: %v", err)
	}
}

// A kill between best.safetensors and run.json costs nothing.
func TestResumeAfterAKillBeforeTheRecord(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "prefix")
	o.LearningRate, o.HeadRate = 3e-2, 3e-2
	run, dir := create(t, o, newTiny(t, o))
	if err := trainIn(t, run, newTiny(t, o), 3); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	state, record := contents(t, filepath.Join(dir, stateFile)), contents(t, filepath.Join(dir, recordFile))
	run.Close()
	run, err := Resume(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	run.Close()
	best := contents(t, filepath.Join(dir, bestFile))
	if strings.Contains(contents(t, filepath.Join(dir, recordFile)), strings.SplitAfter(record, `"best_file": "`)[1][:32]) {
		t.Fatal("no later evaluation is the best")
	}
	restoreFiles(t, map[string]string{filepath.Join(dir, stateFile): state, filepath.Join(dir, recordFile): record})
	if run, err = Resume(dir); err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := trainIn(t, run, newTiny(t, o), 0); err != nil {
		t.Fatal(err)
	}
	if contents(t, filepath.Join(dir, bestFile)) != best {
		t.Error("it ends otherwise")
	}
}

// A large file is sampled: its size, its beginning and its end count.
func TestFingerprintOfALargeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large")
	prints := map[string]bool{}
	for _, change := range []struct{ size, at int64 }{{1 << 30, 0}, {1 << 30, 9}, {1 << 30, 1<<30 - 1}, {1<<30 + 1, 9}} {
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte{1}, change.at); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(change.size), f.Close()); err != nil {
			t.Fatal(err)
		}
		print, err := fingerprint(path)
		if err != nil || prints[print] {
			t.Errorf("%+v: %s, %v", change, print, err)
		}
		prints[print] = true
	}
}

func restoreFiles(t *testing.T, files map[string]string) {
	t.Helper()
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
