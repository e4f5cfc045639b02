package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xpt/checkpoints"
	"xpt/internal/interrupted"
	"xpt/internal/study"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

func TestUserMessage(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("language de: %w", context.Canceled), "stopped before the end; nothing was saved, and the same command begins anew"},
		{fmt.Errorf("run: %w", interrupted.Errorf(context.Canceled, "stopped, and saved: the same command goes on")), "stopped, and saved: the same command goes on"},
		{errors.New("no \x1b[31mfile"), `no \x1b[31mfile`},
		{errors.New("a\tb\x00\xff\u202e\u2028é\ufffd"), `a\x09b\x00\xff\u202e\u2028é` + "\ufffd"},
		{errors.Join(errors.New("one"), errors.New("two")), "one; two"},
		{errors.New(strings.Repeat("é", 300)), strings.Repeat("é", 300)},
	} {
		if got := userMessage(c.err); got != c.want {
			t.Errorf("%q is told as %q, want %q", c.err, got, c.want)
		}
	}
	long := []rune(userMessage(errors.New("begin" + strings.Repeat("\x00", 1000) + "end")))
	if len(long) != longestMessage || string(long[:5]) != "begin" || string(long[len(long)-3:]) != "end" || !strings.Contains(string(long), " ... ") {
		t.Errorf("%d characters: %s", len(long), string(long))
	}
}

// Only errors of a type made for it are the user's to fix.
func TestExitStatus(t *testing.T) {
	path := func(errno syscall.Errno) error { return &fs.PathError{Op: "open", Path: "x", Err: errno} }
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("any other"), 2},
		{usererror.New("a wrong flag"), 1},
		{fmt.Errorf("run: %w", usererror.New("a wrong file")), 1},
		{errors.Join(usererror.New("a wrong file"), errors.New("and it cannot be closed")), 1},
		{path(syscall.ENOENT), 1},
		{path(syscall.EACCES), 1},
		{path(syscall.ENOSPC), 2},
		{usererror.Of(path(syscall.ENOSPC)), 2},
		{usererror.Of(path(syscall.EIO)), 2},
		{usererror.Of(path(syscall.ENOMEM)), 2},
		{syscall.EPIPE, 2},
		{usererror.Of(&libtorch.Error{Op: "matmul"}), 2},
		{usererror.Of(fmt.Errorf("stopped: %w", context.Canceled)), 2},
		{usererror.Of(fmt.Errorf("%w: other values", checkpoints.ErrVerification)), 2},
		{fmt.Errorf("2 of 3 cells %w", study.ErrFailed), 2},
	} {
		if got := exitStatus(t.Context(), c.err); got != c.want {
			t.Errorf("%v: status %d, want %d", c.err, got, c.want)
		}
	}
}

// A command whose output does not get where it should has failed.
func TestAFullDiskIsTold(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	file, _ := idsFile(t)
	dir := workshop(t)
	texts := dir + "/texts.txt"
	if err := os.WriteFile(texts, []byte("the cat\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	tokenizer := unpackedTokenizer(t)
	mustXPT(t, "train", "--checkpoint", dir+"/checkpoint", "--task", "udpos", "--data", dir, "--method", "head", "--epochs", "1", "--out", dir+"/run")
	for _, args := range [][]string{
		{"--help"},
		{"doctor"},
		{"train", "--help"},
		{"train", "--checkpoint", dir + "/checkpoint", "--task", "udpos", "--data", dir, "--method", "head", "--epochs", "1", "--out", dir + "/run2"},
		{"generate", "--checkpoint", tiny, "--ids", file, "--batch", "1"},
		{"generate", "--checkpoint", tiny, "--ids", file, "--json"},
		{"score", "--checkpoint", tiny, "--ids", file},
		{"score", "--checkpoint", tiny, "--ids", file, "--perplexity"},
		{"embed", "--checkpoint", tiny, "--ids", file, "--out", dir + "/out.safetensors"},
		{"predict", dir + "/run", "--text", texts},
		{"eval", dir + "/run", "--data", dir},
		{"eval", dir + "/run", "--data", dir, "--json"},
		{"tokenize", "--tokenizer", tokenizer, texts},
		{"tokenize", "--tokenizer", tokenizer, "--stats", texts},
		{"data", dir},
		{"inspect", tiny},
		{"inspect", "--json", dir + "/run"},
		{"convert", tiny, dir + "/converted"},
	} {
		var stderr bytes.Buffer
		status := run(context.Background(), append([]string{"xpt"}, args...), full, &stderr)
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		if last := lines[len(lines)-1]; status != failed || last != "xpt: standard output: no space left on device" {
			t.Errorf("xpt %v: status %d: %s", args, status, &stderr)
		}
	}
}

// A wrong XPT_CPU is told as what it is, by every command that computes.
func TestAWrongTierIsTold(t *testing.T) {
	for _, args := range [][]string{{"embed", "--checkpoint", "x", "--ids", "x", "--out", filepath.Join(t.TempDir(), "y")}, {"bench"}} {
		cmd := xptProcess(args...)
		cmd.Env = append(cmd.Env, "XPT_CPU=mmx")
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), `xpt: XPT_CPU is "mmx": use one of plain, `) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
