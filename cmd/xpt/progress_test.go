package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"xpt"
	"xpt/training"
)

// In a pipe a command that takes long says now and then how far it is, and a short one nothing.
func TestProgressInAPipe(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, 3, "rows", "")
	p.set(1, "")
	if out.Len() > 0 {
		t.Errorf("told at once: %q", &out)
	}
	p.told = p.told.Add(-silence)
	p.set(2, "")
	p.set(3, "")
	p.told = p.told.Add(-silence - time.Second)
	p.set(3, "de\x1b[31m")
	p.close()
	if want := "2 of 3 rows\n3 of 3 rows: de\\x1b[31m\n"; out.String() != want {
		t.Errorf("told %q, want %q", &out, want)
	}

	dir := workshop(t)
	_, stderr, status := invoke(t, "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--epochs", "2", "--out", filepath.Join(dir, "run"))
	if status != 0 || strings.Count(stderr, "step 1/2 loss ") != 1 || strings.Contains(stderr, "step 2/2") {
		t.Errorf("a training begins with status %d: %q", status, stderr)
	}
}

// The bar of a resumed training shows the share of the whole, and the time of all of it.
func TestBarCountsTheWholeTraining(t *testing.T) {
	v := trainView{bar: &progress{}}
	v.show(training.Step{Step: 15, Total: 20, Seconds: 90, Loss: 0.5, Rate: 0.1})
	if got := v.bar.String(); !strings.HasPrefix(got, "step 15/20 loss 0.5000 rate 0.1  75% [###############     ] 1m30s") || strings.Contains(got, "left") {
		t.Errorf("the bar is %q", got)
	}
	v.bar.since = v.bar.since.Add(-4 * time.Second)
	v.bar.began = v.bar.began.Add(-4 * time.Second)
	v.show(training.Step{Step: 16, Total: 20, Seconds: 94})
	if got := v.bar.String(); !strings.HasSuffix(got, " 80% [################    ] 1m34s, about 16s left") {
		t.Errorf("the bar is %q", got)
	}
}

// What is printed last, the last evaluation's line and run.json say the same time.
func TestTimesAgree(t *testing.T) {
	dir := workshop(t)
	run := filepath.Join(dir, "run")
	out, _, status := invoke(t, "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--epochs", "2", "--out", run)
	record, err := xpt.ReadRecord(run)
	if err != nil || status != 0 {
		t.Fatal(err, status)
	}
	if want := fmt.Sprintf(" in %.1f s,", record.Seconds); !strings.Contains(out, want) {
		t.Errorf("%q does not say %q", out, want)
	}
}

// A bar is there before anything is done, and moves while nothing is reported.
func TestBarMovesWithoutNews(t *testing.T) {
	terminal, shown := pseudoTerminal(t)
	bar := newProgress(terminal, 3, "rows", "de")
	time.Sleep(1300 * time.Millisecond)
	bar.print(func() { fmt.Fprint(terminal, "a line") })
	bar.close()
	bar.close()
	terminal.Close()
	const clear = "\r\x1b[K"
	blank := clear + "de   0% [                    ] 0 of 3 rows, "
	if got, want := <-shown, blank+"0s"+blank+"1s"+clear+"a line"+blank+"1s"+clear; got != want {
		t.Errorf("shown is %q, want %q", got, want)
	}
}

// Every command that computes shows a bar from its start on a terminal.
func TestEveryCommandHasABar(t *testing.T) {
	dir := workshop(t)
	checkpoint, folder := filepath.Join(dir, "checkpoint"), filepath.Join(dir, "run")
	texts := filepath.Join(dir, "texts.txt")
	if err := os.WriteFile(texts, []byte("the cat sleeps\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "study.yaml")
	if err := os.WriteFile(file, []byte("checkpoint: checkpoint\ndata: .\nout: study\ntasks: [udpos]\nmethods: [head]\nsettings: {epochs: 1}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"reads data and checkpoint", []string{"train", "--checkpoint", checkpoint, "--task", "udpos", "--method", "head", "--data", dir, "--epochs", "1", "--out", folder}},
		{"0 of 2 languages", []string{"eval", folder, "--data", dir}},
		{"0s", []string{"predict", folder, "--text", texts}},
		{"0 of 1 rows", []string{"embed", "--checkpoint", checkpoint, "--text", texts, "--out", filepath.Join(dir, "states.safetensors")}},
		{"0 of 1 rows", []string{"score", "--checkpoint", checkpoint, "--text", texts}},
		{"0 of 1 rows", []string{"generate", "--checkpoint", checkpoint, "--text", texts, "--max-new-tokens", "2"}},
		{"checks the study's data", []string{"study", file}},
		{"converts", []string{"convert", checkpoint, filepath.Join(dir, "converted")}},
	} {
		terminal, shown := pseudoTerminal(t)
		var out bytes.Buffer
		status := run(t.Context(), append([]string{"xpt"}, c.args...), &out, terminal)
		terminal.Close()
		if got := <-shown; status != 0 || !strings.Contains(got, c.want) {
			t.Errorf("%v: status %d, and the terminal showed %q", c.args, status, got)
		}
		_, stderr, _ := invoke(t, "predict", folder, "--text", texts)
		if strings.Contains(stderr, "\x1b") {
			t.Errorf("a bar in a pipe: %q", stderr)
		}
	}
}

// pseudoTerminal is a terminal; what was shown on it comes once it is closed.
func pseudoTerminal(t *testing.T) (terminal *os.File, shown <-chan string) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals: ", err)
	}
	var unlocked, number int32
	for request, argument := range map[uintptr]*int32{syscall.TIOCSPTLCK: &unlocked, syscall.TIOCGPTN: &number} {
		if _, _, failed := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(unsafe.Pointer(argument))); failed != 0 {
			t.Fatal(failed)
		}
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(screen) // ends with EIO
		screen.Close()
		all <- string(text)
	}()
	return terminal, all
}
