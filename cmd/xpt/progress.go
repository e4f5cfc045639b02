package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"xpt/checkpoints"
)

// progress is a bar on a terminal; elsewhere it is a line every now and then.
type progress struct {
	bar   *statusLine // nil in a pipe
	lines io.Writer
	total int    // 0 while it is not known
	unit  string // empty: the text counts
	told  time.Time

	text  string
	done  int
	began time.Time // of the work, earlier processes' share counted in
	first int       // units done before this process, from which the time left is estimated
	since time.Time // when it began with them
}

// silence is the time between lines in a pipe; without any, a command looks as if it hung.
var silence = 30 * time.Second

// onTerminal tells whether a stream is a terminal.
func onTerminal(stream any) bool {
	if out, ok := stream.(*output); ok {
		stream = out.w
	}
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// newProgress counts units from now on; without a unit only the share is shown.
func newProgress(w io.Writer, total int, unit, text string) *progress {
	now := time.Now()
	p := &progress{lines: w, total: total, unit: unit, told: now, text: text, began: now, since: now}
	p.bar = newStatusLine(w, p.String)
	return p
}

// start says that the total is known, or another, and what was done before, in how much time.
func (p *progress) start(total, done int, took time.Duration) {
	p.bar.print(func() {
		p.total, p.first, p.done, p.since = total, done, done, time.Now()
		p.began = p.since.Add(-took)
	})
}

// set shows the amount done and a description.
func (p *progress) set(done int, text string) {
	p.bar.update(func() { p.done, p.text = done, text })
	if p.bar != nil || p.lines == nil || time.Since(p.told) < silence {
		return
	}
	p.told = time.Now()
	if p.unit != "" {
		text = strings.TrimSuffix(p.count()+": "+text, ": ")
	}
	fmt.Fprintln(p.lines, oneLine(text))
}

func (p *progress) count() string {
	switch {
	case p.unit == byteUnit:
		return checkpoints.FormatSize(int64(p.done)) + " of " + checkpoints.FormatSize(int64(p.total))
	case p.total == 0:
		return fmt.Sprintf("%d %s", p.done, p.unit)
	}
	return fmt.Sprintf("%d of %d %s", p.done, p.total, p.unit)
}

// String is the bar: what is worked on, the share and the number done, the time that it took and that is left.
func (p *progress) String() string {
	var parts []string
	if p.text != "" {
		parts = append(parts, p.text)
	}
	if p.total > 0 {
		parts = append(parts, shareBar(min(p.done, p.total), p.total))
	}
	if p.unit != "" && (p.total > 0 || p.done > 0) {
		parts = append(parts, p.count()+",")
	}
	now := time.Now()
	parts = append(parts, now.Sub(p.began).Round(time.Second).String())
	if p.done > p.first && p.done < p.total {
		left := float64(now.Sub(p.since)) / float64(p.done-p.first) * float64(p.total-p.done)
		parts[len(parts)-1] += fmt.Sprintf(", about %s left", time.Duration(left).Round(time.Second))
	}
	return strings.Join(parts, " ")
}

// shareBar draws the share done. The line around it is drawn anew every second, also after the last unit, when a
// progressbar of its own would be gone.
func shareBar(done, total int) string {
	bar := progressbar.NewOptions(total, progressbar.OptionSetWriter(io.Discard), progressbar.OptionSetWidth(20),
		progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "#", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}))
	bar.RenderBlank()
	bar.Set(done)
	return strings.TrimRight(strings.TrimPrefix(bar.String(), "\r "), " ")
}

// tellAtOnce makes the first line come at once, for a command that takes long.
func (p *progress) tellAtOnce() { p.told = time.Time{} }

// print makes way for the lines that write writes.
func (p *progress) print(write func()) { p.bar.print(write) }

// close removes the bar.
func (p *progress) close() { p.bar.close() }
