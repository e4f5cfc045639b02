package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"xpt/internal/stats"
	"xpt/internal/study"
)

// studyView shows the progress of a study: a line for each cell that ends, and on a terminal a status line with the
// cells done, failed and left, the time left and the running cell.
type studyView struct {
	out, status io.Writer
	line        *statusLine // nil in a pipe
	todo        []study.Cell
	cells       int
	done        int
	failed      int
	pace        study.Pace
	cell        string    // that is running
	running     string    // what is running
	began       time.Time // of what is running
}

// newStudyView shows at once that the plan is made, before its cells are known.
func newStudyView(out, status io.Writer) *studyView {
	v := &studyView{out: out, status: status, running: "checks the study's data and settings", began: time.Now()}
	v.line = newStatusLine(status, v.String)
	return v
}

// plan says which cells there are to run.
func (v *studyView) plan(cells []study.Cell) {
	v.line.update(func() { v.todo, v.cells, v.running = cells, len(cells), "looks at the languages" })
}

func (v *studyView) listener() study.Listener {
	return study.Listener{
		Warn: func(line string) {
			v.line.print(func() { fmt.Fprintln(v.status, oneLine(line)) })
		},
		Waits: func(line string) {
			v.line.print(func() { fmt.Fprintln(v.status, oneLine(line)) })
			v.line.update(func() { v.began, v.running = time.Now(), "waits for others" })
		},
		Began: func(c study.Cell) {
			v.line.update(func() { v.began, v.cell, v.running = time.Now(), c.Name(), c.Name() })
		},
		At: func(what string, done, of int) {
			v.line.update(func() { v.running = fmt.Sprintf("%s %s, %d of %d", v.cell, what, done, of) })
		},
		Ended: func(c study.Cell, end study.End, o study.Outcome) {
			v.line.print(func() { v.ended(c, end, o) })
		},
	}
}

// ended removes one of the remaining cells and prints its line.
func (v *studyView) ended(c study.Cell, end study.End, o study.Outcome) {
	v.todo = slices.DeleteFunc(v.todo, func(left study.Cell) bool { return left == c })
	result := ""
	switch end {
	case study.EndedDone, study.EndedBefore, study.EndedElsewhere:
		v.done++
		v.pace.Add(o)
		result = "  " + headline(o)
	case study.EndedDiverged:
		v.done++
		v.pace.Add(o)
	case study.EndedFailed:
		v.failed++
		result = "  " + oneLine(o.Error)
	}
	fmt.Fprintf(v.out, "%d of %d  %s  %s%s\n", v.cells-len(v.todo), v.cells, c.Name(), end, result)
}

// headline formats a cell's main metric in the source language and the mean of the others, or a trial's dev score.
func headline(o study.Outcome) string {
	if o.Trial != "" && o.Record.Best == nil { // it diverged
		return ""
	}
	if o.Trial != "" {
		return fmt.Sprintf("%.1f in %s dev  (%.1f s)", 100*o.Record.Best.Score, o.Record.Options.Language, o.Seconds)
	}
	scores := map[string]float64{}
	for _, l := range o.Languages {
		scores[l.Code] = l.Scores[0].Value
	}
	source := o.Record.Sources()
	var parts []string
	for language := range strings.SplitSeq(source, ",") {
		if trained, ok := scores[language]; ok {
			parts = append(parts, fmt.Sprintf("%.1f in %s", 100*trained, language))
		}
	}
	if len(scores) > len(parts) {
		parts = append(parts, fmt.Sprintf("%.1f in the others", 100*stats.TransferMeans(scores, source).Others))
	}
	return fmt.Sprintf("%s %s  (%.1f s)", o.Languages[0].Scores[0].Metric, strings.Join(parts, ", "), o.Seconds)
}

// String is the status line: the cells done, failed and left, the time left, and what is running for how long.
func (v *studyView) String() string {
	took := time.Since(v.began)
	running := fmt.Sprintf("%s, %s", v.running, took.Round(time.Second))
	if v.cells == 0 {
		return running
	}
	line := fmt.Sprintf("%d done, %d failed, %d left", v.done, v.failed, len(v.todo))
	if left, ok := v.pace.Left(v.todo); ok {
		line += fmt.Sprintf(", about %s", max(0, left-took).Round(time.Second))
	}
	return line + ": " + running
}
