package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/xglm"
)

// rename moves a file or a folder.
func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// A run is opened wherever it and its checkpoint are moved to, as long as the same weights are found or named.
func TestRunsMove(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	dir := workshop(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	texts := at("texts.txt")
	if err := os.WriteFile(texts, []byte("the cat sleeps\na dog eats\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"prefix", "full"} {
		mustXPT(t, "train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--data", dir, "--dtype", "float32", "--epochs", "1", "--method", method, "--out", at("runs/"+method))
	}
	predict := func(run string, more ...string) (stdout, stderr string, status int) {
		t.Helper()
		return invoke(t, append([]string{"predict", run, "--text", texts, "--dtype", "float32", "--json"}, more...)...)
	}
	want := map[string]string{}
	for _, method := range []string{"prefix", "full"} {
		want[method], _, _ = predict(at("runs/" + method))
	}
	same := func(what, run, method string, more ...string) {
		t.Helper()
		if got, stderr, status := predict(run, more...); status != 0 || got != want[method] {
			t.Errorf("%s: status %d: %s%s", what, status, stderr, got)
		}
	}
	text, err := os.ReadFile(at("runs/prefix/run.json"))
	if err != nil || !strings.Contains(string(text), `"checkpoint": "../../checkpoint"`) || !strings.Contains(string(text), `"data": "../.."`) {
		t.Errorf("run.json holds no relative paths: %s", text)
	}

	other := filepath.Join(t.TempDir(), "elsewhere")
	rename(t, at("runs"), filepath.Join(other, "runs"))
	same("the runs alone are moved", filepath.Join(other, "runs/prefix"), "prefix")
	rename(t, at("checkpoint"), filepath.Join(other, "checkpoint"))
	same("both are moved together", filepath.Join(other, "runs/prefix"), "prefix")

	// The checkpoint alone is moved, to where it is looked for, and to where it is not.
	run, full := filepath.Join(other, "runs/prefix"), filepath.Join(other, "runs/full")
	for _, place := range []string{"runs/moved", "runs/checkpoints/moved", "checkpoints/moved"} {
		rename(t, filepath.Join(other, "checkpoint"), filepath.Join(other, place))
		same(place, run, "prefix")
		rename(t, filepath.Join(other, place), filepath.Join(other, "checkpoint"))
	}
	snapshot := filepath.Join(os.Getenv("HF_HUB_CACHE"), "models--org--name/snapshots/0123")
	rename(t, filepath.Join(other, "checkpoint"), snapshot)
	same("the cache", run, "prefix")
	far := filepath.Join(t.TempDir(), "a/b/c")
	rename(t, snapshot, far)
	wantLine := "xpt: run " + run + ": its checkpoint is no longer at " + filepath.Join(other, "checkpoint") + "; pass --checkpoint DIR\n"
	if _, stderr, status := predict(run); status != 1 || stderr != wantLine {
		t.Errorf("it is nowhere: status %d: %q, want %q", status, stderr, wantLine)
	}
	same("it is named", run, "prefix", "--checkpoint", far)
	mustXPT(t, "eval", run, "--data", dir, "--checkpoint", far)
	mustXPT(t, "convert", run, filepath.Join(other, "adapter"), "--to", "peft", "--checkpoint", far)

	// Another backbone is refused; full fine-tuning needs only its configuration and tokenizer.
	wrong := filepath.Join(t.TempDir(), "wrong")
	config, err := xglm.LoadConfig(far)
	if err != nil {
		t.Fatal(err)
	}
	if err := xglm.WriteRandom(t.Context(), wrong, config, 2, checkpoints.F32); err != nil {
		t.Fatal(err)
	}
	model, err := os.ReadFile(filepath.Join(far, "sentencepiece.bpe.model"))
	if err == nil {
		err = os.WriteFile(filepath.Join(wrong, "sentencepiece.bpe.model"), model, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := predict(run, "--checkpoint", wrong); status != 1 || stderr != "xpt: "+wrong+" holds other weights than those that the run was trained on\n" {
		t.Errorf("other weights: status %d: %q", status, stderr)
	}
	rename(t, wrong, filepath.Join(other, "checkpoint"))
	if _, stderr, status := predict(run); status != 1 || stderr != "xpt: run "+run+": "+filepath.Join(other, "checkpoint")+" holds other weights than those that the run was trained on; pass --checkpoint DIR\n" {
		t.Errorf("other weights where it was: status %d: %q", status, stderr)
	}
	rename(t, filepath.Join(other, "checkpoint"), wrong)
	if err := os.Remove(filepath.Join(wrong, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	same("full with another's configuration", full, "full", "--checkpoint", wrong)
}

// A run whose checkpoint and data are moved goes on with --checkpoint and --data, and refuses others.
func TestResumeOfWhatIsMoved(t *testing.T) {
	t.Setenv("HF_HUB_CACHE", t.TempDir())
	dir, far := workshop(t), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	run(ctx, []string{"xpt", "train", "--checkpoint", at("checkpoint"), "--task", "udpos", "--method", "head", "--data", at("udpos"), "--epochs", "1", "--out", at("run")}, io.Discard, io.Discard)
	rename(t, at("checkpoint"), filepath.Join(far, "a/b"))
	rename(t, at("udpos"), filepath.Join(far, "c/udpos"))
	resume := func(more ...string) (stderr string, status int) {
		t.Helper()
		_, stderr, status = invoke(t, append([]string{"train", "--resume", "--out", at("run")}, more...)...)
		return stderr, status
	}
	if stderr, status := resume(); status != 1 || !strings.HasSuffix(stderr, "; pass --checkpoint DIR\n") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if stderr, status := resume("--checkpoint", filepath.Join(far, "a/b")); status != 1 || !strings.HasSuffix(stderr, "its data are no longer at "+at("udpos")+"; pass --data DIR\n") {
		t.Errorf("status %d: %s", status, stderr)
	}
	eightOf(t, filepath.Join(far, "other"))
	if stderr, status := resume("--checkpoint", filepath.Join(far, "a/b"), "--data", filepath.Join(far, "other")); status != 1 || !strings.HasSuffix(stderr, "no longer holds the examples that the run was started on: pass --data DIR\n") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if stderr, status := resume("--checkpoint", filepath.Join(far, "a/b"), "--data", filepath.Join(far, "c")); status != 0 {
		t.Errorf("status %d: %s", status, stderr)
	}
}
