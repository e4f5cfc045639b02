package setup

import (
	"fmt"
	"io"
	"time"
)

const beat = 8 * time.Second

// Progress prints what is being done, and every few seconds the time, until done is called.
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
