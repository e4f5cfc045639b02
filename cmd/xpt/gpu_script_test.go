package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A stand-in for bin/xpt, whose first case fails and whose second does not end.
const endless = `#!/bin/sh
case "$*" in
--version) echo "xpt version 1" ;;
doctor*) echo "GPU        none" ;;
*"--cases train-input") echo "xpt: out of memory" && exit 3 ;;
*) echo $$ >"$OUT/pid" && exec sleep 600 ;;
esac
`

// testdata/gpu/run.sh that is cut keeps what it has, with a line for each step, and leaves no process behind. A step that fails
// ends nothing.
func TestGPUScriptIsCut(t *testing.T) {
	dir := t.TempDir()
	script, err := os.ReadFile("../../testdata/gpu/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"run.sh": string(script), "tests.sh": "#!/bin/sh\necho '--- PASS: TestGPU'\n", "bin/xpt": endless} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "out")
	cmd := exec.Command(filepath.Join(dir, "run.sh"), "4")
	cmd.Env = append(os.Environ(), "OUT="+out, "PEER=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid int
	for pid == 0 {
		time.Sleep(20 * time.Millisecond)
		text, _ := os.ReadFile(filepath.Join(out, "pid"))
		pid, _ = strconv.Atoi(strings.TrimSpace(string(text)))
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	exit := new(exec.ExitError)
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 143 {
		t.Errorf("it ends with %v", err)
	}
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("the step that was cut still runs")
	}
	text, err := os.ReadFile(filepath.Join(out, "summary.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, want := range [][]string{{"xpt version", "1"}, {"GPU ", "none"}, {"tests on the GPU ", "ok, tests: 1 passed, 0 failed"},
		{"train-input ", "failed with status 3, see 3-headline.txt"}, {"xpt: out of memory"}, {"--- PASS: TestGPU"}, {"eval-input-xnli ", "cut from outside"}} {
		found := false
		for _, line := range lines {
			found = found || strings.HasPrefix(line, want[0]) && strings.HasSuffix(strings.TrimSuffix(line, ", 0 skipped"), want[len(want)-1])
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}
