package setup

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// Lock locks the file name until unlock or the end of this process. If another process holds it, Lock waits and logs the time.
func Lock(name string, log io.Writer) (unlock func(), err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == syscall.EWOULDBLOCK {
		done := Progress(log, fmt.Sprintf("waiting for another set-up to end, which holds %s", name))
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
		done()
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return func() { f.Close() }, nil
}
