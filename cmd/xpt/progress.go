package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress is a bar on a terminal; elsewhere it is a line every now and then.
type progress struct {
	bar   *progressbar.ProgressBar // nil in a pipe
	lines io.Writer
	total int
	unit  string
	told  time.Time // time of the last line
}

// silence is the time between lines in a pipe; without any, a command looks as if it hung.
var silence = 30 * time.Second

// onTerminal tells whether w is a terminal.
func onTerminal(w io.Writer) bool {
	if out, ok := w.(*output); ok {
		w = out.w
	}
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newProgress counts units; without a unit the bar is short and leaves room for a long text.
func newProgress(w io.Writer, total int, unit string) *progress {
	if !onTerminal(w) {
		return &progress{lines: w, total: total, unit: unit, told: time.Now()}
	}
	options := []progressbar.Option{progressbar.OptionSetWriter(w), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true)}
	if unit == "" {
		options = append(options, progressbar.OptionSetWidth(10))
	} else {
		options = append(options, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(unit))
	}
	return &progress{bar: progressbar.NewOptions(total, options...)}
}

// set shows the amount done and a description.
func (p *progress) set(done int, text string) {
	if p.bar != nil {
		p.bar.Describe(printable(text))
		p.bar.Set(done)
		return
	}
	if p.lines == nil || time.Since(p.told) < silence {
		return
	}
	p.told = time.Now()
	if p.unit != "" {
		text = strings.TrimSuffix(fmt.Sprintf("%d of %d %s: %s", done, p.total, p.unit, text), ": ")
	}
	fmt.Fprintln(p.lines, oneLine(text))
}

// tellAtOnce makes the first line come at once, for a command that takes long.
func (p *progress) tellAtOnce() { p.told = time.Time{} }

// clear removes the bar until the next set, so that a line can be printed.
func (p *progress) clear() {
	if p.bar != nil {
		p.bar.Clear()
	}
}

// close removes the bar.
func (p *progress) close() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
