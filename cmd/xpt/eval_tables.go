package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"xpt"
	"xpt/datasets"
	"xpt/internal/stats"
	"xpt/internal/texttable"
	"xpt/internal/transfer"
	"xpt/training"
)

// writeTables writes for each task and metric one table: a row per language, a column for the
// majority baseline and one per run, headed by its method and the share of parameters that it
// trained. What was scored, by what and when stands below a task's tables. Evaluations of a task must be
// over the same languages; the language that each was trained on may differ.
func writeTables(w io.Writer, results []xpt.RunResult) error {
	var tasks []string
	byTask := map[string][]xpt.RunResult{}
	for _, r := range results {
		if byTask[r.Task] == nil {
			tasks = append(tasks, r.Task)
		}
		byTask[r.Task] = append(byTask[r.Task], r)
	}
	for _, task := range tasks {
		for metric := range byTask[task][0].Languages[0].Scores {
			if err := writeTable(w, byTask[task], metric); err != nil {
				return err
			}
		}
		if err := writeCalibration(w, byTask[task]); err != nil {
			return err
		}
		if err := writeSources(w, byTask[task]); err != nil {
			return err
		}
	}
	return nil
}

func writeTable(w io.Writer, results []xpt.RunResult, metric int) error {
	first := results[0]
	head := []string{"", "examples", "majority"}
	trained := []string{"trained", "", ""}
	for _, r := range results {
		head = append(head, columnName(results, r))
		trained = append(trained, percent(r.Record.Counts.Share()))
	}
	rows := [][]string{append(head, "files"), append(trained, "")}
	if shots := shotsRow(results); shots != nil {
		rows = append(rows, shots)
	}
	columns := make([]map[string]float64, 1+len(results)) // by language: the majority's, then each run's
	for i := range columns {
		columns[i] = map[string]float64{}
	}
	for l, language := range first.Languages {
		columns[0][language.Code] = language.Majority[metric].Value
		for i, r := range results {
			columns[1+i][language.Code] = r.Languages[l].Scores[metric].Value
		}
		examples := fmt.Sprint(language.Examples)
		if language.Of > 0 {
			examples += " of " + datasets.Grouped(language.Of)
		}
		row := []string{language.Code, examples, score(columns[0][language.Code])}
		for i, r := range results {
			mark := ""
			if r.Languages[l].Seen != "" {
				mark = "*"
			}
			row = append(row, score(columns[1+i][language.Code])+mark)
		}
		rows = append(rows, append(row, strings.Join(language.Files, ", ")))
	}
	rows = append(rows, meanRows(results, columns)...)
	title := fmt.Sprintf("%s %s, %s in percent", first.Task, first.Split, first.Languages[0].Scores[metric].Metric)
	return texttable.Write(w, title, rows, func(column int) bool { return column == 0 || column == len(head) })
}

// shotsRow has the shots that each run was trained on; nil for none.
func shotsRow(results []xpt.RunResult) []string {
	row, any := []string{"shots", "", ""}, false
	for _, r := range results {
		o, text := r.Record.Options, "–"
		if o.Shots > 0 {
			text, any = fmt.Sprintf("%d of %s", o.Shots, o.ShotsIn), true
		}
		row = append(row, text)
	}
	if !any {
		return nil
	}
	return append(row, "")
}

// meanRows are the means over all rows, and over those of other languages than the trained one.
func meanRows(results []xpt.RunResult, columns []map[string]float64) [][]string {
	source := results[0].Record.Sources()
	one := !slices.ContainsFunc(results, func(r xpt.RunResult) bool { return r.Record.Sources() != source })
	number, others := len(columns[0]), 0
	for row := range columns[0] {
		if !stats.OfSource(row, source) {
			others++
		}
	}
	all, without := []string{fmt.Sprintf("mean of %d", number), ""}, []string{fmt.Sprintf("mean of %d without %s", others, source), ""}
	if !one {
		without[0] = "mean without the trained language"
	}
	for i, column := range columns {
		trained := source
		if i > 0 {
			trained = results[i-1].Record.Sources()
		}
		means := stats.TransferMeans(column, trained)
		all, without = append(all, score(means.All)), append(without, score(means.Others))
		if i == 0 && !one { // no run's
			without[len(without)-1] = "–"
		}
	}
	if others == 0 && (one || number == 1) { // a mean of none would read as a score of 0
		return [][]string{all}
	}
	return [][]string{all, without}
}

// writeSources says what was scored of which data, by which runs, and when.
func writeSources(w io.Writer, results []xpt.RunResult) error {
	first := results[0]
	lines := []string{fmt.Sprintf("%s split of %s", first.Split, first.Data)}
	if out := transfer.LeftOutText(first.Task, first.Split, first.LeftOut); out != "" {
		lines = append(lines, out)
	}
	if first.Limit > 0 {
		lines = append(lines, fmt.Sprintf("at most %s examples of a language, drawn by seed %d", datasets.Grouped(first.Limit), first.Seed))
	}
	for _, r := range results {
		o := r.Record.Options
		line := fmt.Sprintf("%s: %s of %s, trained on %s with seed %d%s; scored in %s on %s", columnName(results, r), r.Run, r.Checkpoint, r.Record.TrainedIn(), o.Seed, trainedOn(r.Record), r.DType, r.Device)
		for _, l := range r.Languages {
			if l.Seen != "" {
				line += fmt.Sprintf("; * %s %s: not held out", l.Code, l.Seen)
			}
		}
		lines = append(lines, line)
	}
	lines = append(lines, strings.TrimSpace(first.Date.Format(time.RFC3339)+" "+first.Command))
	_, err := fmt.Fprintf(w, "%s\n\n", strings.Join(lines, "\n"))
	return err
}

func trainedOn(r training.Record) string {
	if some := r.TrainedOn(); some != "" {
		return " (" + some + ")"
	}
	return ""
}

// columnName is the method, with the run's name where two have the same.
func columnName(results []xpt.RunResult, r xpt.RunResult) string {
	method := r.Record.Options.Method
	for _, other := range results {
		if other.Run != r.Run && other.Record.Options.Method == method {
			return method + " " + r.Run
		}
	}
	return method
}

func score(v float64) string { return fmt.Sprintf("%.1f", 100*v) }

// percent shows a share with three significant digits.
func percent(share float64) string { return fmt.Sprintf("%.3g %%", 100*share) }
