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

// progress is a bar on a terminal, and in a pipe a line now and then.
type progress struct {
	bar   *progressbar.ProgressBar // nil in a pipe
	lines io.Writer
	total int
	unit  string
	told  time.Time // when the last line was
}

// silence is how long a command says nothing in a pipe: what says nothing looks like one that hangs.
var silence = 30 * time.Second

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

// set shows how much is done and a description.
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

// tellAtOnce lets the first line come without a wait, for a command that takes long.
func (p *progress) tellAtOnce() { p.told = time.Time{} }

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
