package setup

import (
	"context"
	"os/exec"
	"syscall"
)

// untilKilled runs a command in a group of processes that ends with this one.
const untilKilled = `trap 'kill -KILL 0' TERM; "$@" & wait $!`

// Command is a command that ends with all that it starts when this process ends, however that happens: compilers that
// nobody waits for would work on for minutes.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", untilKilled, "sh", name}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return cmd
}
