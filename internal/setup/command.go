package setup

import (
	"context"
	"os/exec"
	"syscall"
)

// untilKilled runs a command and kills its process group on SIGTERM.
const untilKilled = `trap 'kill -KILL 0' TERM; "$@" & wait $!`

// Command is a command that ends with all of its child processes when this process ends, so that no compiler runs on for minutes.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", untilKilled, "sh", name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return cmd
}
