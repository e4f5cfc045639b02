package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// byteProgress shows a bar of bytes on a terminal; elsewhere it returns nil.
func byteProgress(w io.Writer, what string) func(done, total int64) {
	if !onTerminal(w) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(done, total int64) {
		if bar == nil {
			bar = progressbar.NewOptions64(total,
				progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
				progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
		}
		bar.ChangeMax64(total)
		bar.Set64(done)
	}
}
