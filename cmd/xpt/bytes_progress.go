package main

import "io"

// byteUnit makes a progress count bytes.
const byteUnit = "bytes"

// byteProgress shows a bar of bytes on a terminal until close is called; elsewhere nothing.
func byteProgress(w io.Writer, what string) (report func(done, total int64), close func()) {
	if !onTerminal(w) {
		return nil, func() {}
	}
	bar := newProgress(w, 0, byteUnit, what)
	return func(done, total int64) {
		if int(total) != bar.total {
			bar.bar.update(func() { bar.total = int(total) })
		}
		bar.set(int(done), what)
	}, bar.close
}
