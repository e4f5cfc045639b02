package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"xpt/internal/train"
)

// shrinking names the file that gets shorter in the process that the test starts.
const shrinking = "XPT_TEST_SHRINKING"

// Weights that get shorter while a command computes with them, deep in C++, end
// it with one line and the status of a failure. What was saved stays.
func TestWeightsGetShorter(t *testing.T) {
	if dir := os.Getenv(shrinking); dir != "" {
		shrink(t, dir)
		return
	}
	dir := workshop(t)
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), shrinking+"="+dir)
	out, err := cmd.CombinedOutput()
	exit := new(exec.ExitError)
	if !errors.As(err, &exit) || exit.ExitCode() != failed {
		t.Fatalf("%v: %.500s", err, out)
	}
	weights := filepath.Join(dir, "checkpoint", "model.safetensors")
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "xpt: "+weights+" got shorter while it was read") {
		t.Errorf("told: %.500s", out)
	}
	if r, err := train.ReadRecord(filepath.Join(dir, "run")); err != nil || r.Best == nil || r.Finished {
		t.Errorf("the run's record is %+v, %v", r, err)
	}
}

// shrink trains, and takes the weights away once the first evaluation is kept.
func shrink(t *testing.T, dir string) {
	out := &shrinkingOutput{t: t, weights: filepath.Join(dir, "checkpoint", "model.safetensors")}
	status := run(context.Background(), []string{"xpt", "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "prompt",
		"--data", dir, "--epochs", "50", "--out", filepath.Join(dir, "run")}, out, os.Stderr)
	t.Fatalf("it went on, and ended with status %d", status)
}

type shrinkingOutput struct {
	t       *testing.T
	weights string
}

func (o *shrinkingOutput) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "the best so far") {
		if err := os.Truncate(o.weights, 0); err != nil {
			o.t.Fatal(err)
		}
	}
	return len(p), nil
}
