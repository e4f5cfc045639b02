package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"xpt/internal/stats"
	"xpt/internal/study"
)

// studyView shows the progress of a study: a line for each cell that ends, and on a terminal a status line with the
// cells done, failed and left, the time left and the running cell.
type studyView struct {
	out, status io.Writer
	terminal    *os.File // of status, nil in a pipe
	todo        []study.Cell
	cells       int
	done        int
	failed      int
	pace        study.Pace
	began       time.Time // of the running cell
	drawn       time.Time // time of the last status line
}

func newStudyView(cells []study.Cell, out, status io.Writer) *studyView {
	v := &studyView{out: out, status: status, todo: cells, cells: len(cells)}
	if onTerminal(status) {
		v.terminal = status.(*os.File)
	}
	return v
}

func (v *studyView) listener() study.Listener {
	return study.Listener{
		Warn: func(line string) {
			v.wipe()
			fmt.Fprintln(v.status, oneLine(line))
		},
		Began: func(c study.Cell) {
			v.began, v.drawn = time.Now(), time.Time{}
			v.draw(c.Name())
		},
		At: func(what string, done, of int) {
			v.draw(fmt.Sprintf("%s %s, %d of %d", v.todo[0].Name(), what, done, of))
		},
		Ended: v.ended,
	}
}

// ended removes the first of the remaining cells and prints its line.
func (v *studyView) ended(c study.Cell, end study.End, o study.Outcome) {
	v.todo = v.todo[1:]
	result := ""
	switch end {
	case study.EndedDone, study.EndedBefore:
		v.done++
		v.pace.Add(o)
		result = "  " + headline(o)
	case study.EndedFailed:
		v.failed++
		result = "  " + oneLine(o.Error)
	}
	v.wipe()
	fmt.Fprintf(v.out, "%d of %d  %s  %s%s\n", v.cells-len(v.todo), v.cells, c.Name(), end, result)
}

// headline formats a cell's main metric in the source language and the mean of the others.
func headline(o study.Outcome) string {
	scores := map[string]float64{}
	for _, l := range o.Languages {
		scores[l.Code] = l.Scores[0].Value
	}
	source := o.Record.Options.Language
	var parts []string
	trained, ok := scores[source]
	if ok {
		parts = append(parts, fmt.Sprintf("%.1f in %s", 100*trained, source))
	}
	if len(scores) > 1 || !ok {
		parts = append(parts, fmt.Sprintf("%.1f in the others", 100*stats.TransferMeans(scores, source).Others))
	}
	return fmt.Sprintf("%s %s  (%.1f s)", o.Languages[0].Scores[0].Metric, strings.Join(parts, ", "), o.Seconds)
}

// draw replaces the status line, at most five times a second.
func (v *studyView) draw(running string) {
	if v.terminal == nil || time.Since(v.drawn) < time.Second/5 {
		return
	}
	v.drawn = time.Now()
	line := fmt.Sprintf("%d done, %d failed, %d left", v.done, v.failed, len(v.todo))
	if left, ok := v.pace.Left(v.todo); ok {
		line += fmt.Sprintf(", about %s", max(0, left-time.Since(v.began)).Round(time.Second))
	}
	line += ": " + running
	if width, _, err := term.GetSize(int(v.terminal.Fd())); err == nil && len(line) >= width && width > 0 {
		line = line[:width-1] // names and numbers are ASCII
	}
	fmt.Fprint(v.terminal, "\r\x1b[K", line)
}

func (v *studyView) wipe() {
	if v.terminal != nil {
		fmt.Fprint(v.terminal, "\r\x1b[K")
	}
}
