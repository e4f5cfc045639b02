package setup

import (
	"fmt"
	"io"
	"time"
)

const beat = 8 * time.Second

// Progress prints what is being done, and then every few seconds for how long, until done is called: a set-up that is
// silent looks like one that hangs.
func Progress(log io.Writer, what string) (done func()) {
	fmt.Fprintln(log, what)
	stop, stopped := make(chan struct{}), make(chan struct{})
	start := time.Now()
	go func() {
		defer close(stopped)
		tick := time.NewTicker(beat)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				fmt.Fprintf(log, "  %.0f s\n", time.Since(start).Seconds())
			}
		}
	}()
	return func() {
		close(stop)
		<-stopped
	}
}
