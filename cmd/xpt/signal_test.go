package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A signal ends a command with the status that shells know, and with one line on what is left and how to go on.
func TestSignals(t *testing.T) {
	dir := workshop(t)
	run := filepath.Join(dir, "run")
	args := []string{"train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--out", run}
	for _, c := range []struct {
		signal syscall.Signal
		status int
		args   []string
	}{
		{syscall.SIGINT, 130, append(args, "--epochs", "1000000", "--eval-every", "100000")},
		{syscall.SIGTERM, 143, []string{"train", "--resume", "--out", run}},
	} {
		stderr, status := signalled(t, c.signal, "step ", nil, c.args...)
		lines := strings.Split(strings.TrimSpace(stderr), "\n")
		last := lines[len(lines)-1]
		if status != c.status || !strings.HasPrefix(last, "xpt: stopped after step ") ||
			!strings.HasSuffix(last, " of 1000000, and saved: xpt train --resume --out "+run+" goes on") {
			t.Errorf("%v: status %d: %q", c.signal, status, stderr)
		}
	}

	mustXPT(t, append(args[:len(args)-1], filepath.Join(dir, "short"), "--epochs", "1")...)
	in, typed := io.Pipe()
	defer typed.Close()
	go io.WriteString(typed, "the cat sleeps\n")
	stderr, status := signalled(t, syscall.SIGINT, "", in, "predict", filepath.Join(dir, "short"), "--text", "-")
	if want := "xpt: stopped; the labels of the first 0 lines are written, and the same command begins anew\n"; status != 130 || stderr != want {
		t.Errorf("a command that waits for its input: status %d: %q", status, stderr)
	}
}

// signalled starts a command, sends it a signal once it has written until to standard error, or after a second, and
// returns what it wrote there with its exit status.
func signalled(t *testing.T, signal syscall.Signal, until string, stdin io.Reader, args ...string) (stderr string, status int) {
	t.Helper()
	cmd := xptProcess(args...)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd.Stderr = write
	if stdin != nil {
		in, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		defer out.Close()
		go io.Copy(out, stdin)
		cmd.Stdin = in
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	var all bytes.Buffer
	if until == "" {
		time.Sleep(2 * time.Second)
	}
	for piece := make([]byte, 4096); until != "" && !strings.Contains(all.String(), until); {
		n, err := read.Read(piece)
		all.Write(piece[:n])
		if err != nil {
			t.Fatalf("it ended before %q: %q", until, &all)
		}
	}
	cmd.Process.Signal(signal)
	time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	io.Copy(&all, read)
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		t.Fatalf("it ended with %v: %q", err, &all)
	}
	return all.String(), cmd.ProcessState.ExitCode()
}
