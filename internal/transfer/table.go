package transfer

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"xpt/internal/train"
)

// Result is a run's scores over languages.
type Result struct {
	Run       string       `json:"run"`
	Record    train.Record `json:"record"`
	Languages []Language   `json:"languages"`
}

// WriteTables writes for each task and metric one table: a row per language, a
// column for the majority baseline and one per run, headed by its method and
// the share of parameters that it trained. Results of a task must be over the
// same languages; the language that each was trained on may differ.
func WriteTables(w io.Writer, results []Result) error {
	for i, r := range results {
		task := r.Record.Options.Task
		if seen(results[:i], task) {
			continue
		}
		var same []Result
		for _, other := range results[i:] {
			if other.Record.Options.Task == task {
				same = append(same, other)
			}
		}
		for m := range same[0].Languages[0].Scores {
			if err := writeTable(w, same, m); err != nil {
				return err
			}
		}
	}
	return nil
}

func seen(results []Result, task string) bool {
	for _, r := range results {
		if r.Record.Options.Task == task {
			return true
		}
	}
	return false
}

func writeTable(w io.Writer, results []Result, metric int) error {
	first := results[0]
	name := first.Languages[0].Scores[metric].Metric
	head := []string{"", "examples", "majority"}
	trained := []string{"trained", "", ""}
	for _, r := range results {
		head = append(head, columnName(results, r))
		trained = append(trained, percent(r.Record.Counts.Share()))
	}
	rows := [][]string{head, trained}
	columns := make([]map[string]float64, 1+len(results)) // by language: the majority's, then each run's
	for i := range columns {
		columns[i] = map[string]float64{}
	}
	for l, language := range first.Languages {
		columns[0][language.Language] = language.Majority[metric].Value
		for i, r := range results {
			columns[1+i][language.Language] = r.Languages[l].Scores[metric].Value
		}
		row := []string{language.Language, fmt.Sprint(language.Examples)}
		for _, column := range columns {
			row = append(row, score(column[language.Language]))
		}
		rows = append(rows, row)
	}
	source := first.Record.Options.Language
	one := !slices.ContainsFunc(results, func(r Result) bool { return r.Record.Options.Language != source })
	all, others := []string{"mean", ""}, []string{"mean of the others than " + source, ""}
	if !one {
		others[0] = "mean of the others than the trained"
	}
	for i, column := range columns {
		trained := source
		if i > 0 {
			trained = results[i-1].Record.Options.Language
		}
		means := TransferMeans(column, trained)
		all, others = append(all, score(means.All)), append(others, score(means.Others))
		if i == 0 && !one { // no run's
			others[len(others)-1] = "–"
		}
	}
	rows = append(rows, all)
	if _, alone := columns[0][source]; len(columns[0]) > 1 || !alone {
		rows = append(rows, others)
	}
	if _, err := fmt.Fprintf(w, "%s, %s in percent\n", first.Record.Options.Task, name); err != nil {
		return err
	}
	return align(w, rows)
}

// columnName is the method, with the run's name where two have the same.
func columnName(results []Result, r Result) string {
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

// align writes rows with the first column to the left and the others to the right.
func align(w io.Writer, rows [][]string) error {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				line.WriteString(cell + pad)
			} else {
				line.WriteString("  " + pad + cell)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
