package main

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on a terminal, and nothing in a pipe.
type progress struct{ bar *progressbar.ProgressBar }

// onTerminal tells whether a person sees what is written, and bars and streams suit.
func onTerminal(w io.Writer) bool {
	if out, ok := w.(*output); ok {
		w = out.w
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newProgress counts units; with none there is a short bar, for a long text
// beside it.
func newProgress(w io.Writer, total int, unit string) *progress {
	if !onTerminal(w) {
		return &progress{}
	}
	options := []progressbar.Option{progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true)}
	if unit == "" {
		options = append(options, progressbar.OptionSetWidth(10))
	} else {
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit))
	}
	return &progress{progressbar.NewOptions(total, options...)}
}

// set shows how much is done and a description.
func (p *progress) set(done int, text string) {
	if p.bar != nil {
		p.bar.Describe(printable(text))
		p.bar.Set(done)
	}
}

// clear takes the bar away until it is set again, so that a line can be printed.
func (p *progress) clear() {
	if p.bar != nil {
		p.bar.Clear()
	}
}

// close takes the bar away for good.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
