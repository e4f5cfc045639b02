package transfer

import (
	"fmt"
	"io"
	"slices"

	"xpt/internal/stats"
	"xpt/internal/texttable"
	"xpt/metrics"
	"xpt/training"
)

// Result is a run's scores over languages.
type Result struct {
	Run       string                   `json:"run"`
	Record    training.Record          `json:"record"`
	Languages []metrics.LanguageResult `json:"languages"`
}

// WriteTables writes for each task and metric one table: a row per language, a column for the
// majority baseline and one per run, headed by its method and the share of parameters that it
// trained. Results of a task must be over the same languages; the language that each was trained on
// may differ.
func WriteTables(w io.Writer, results []Result) error {
	var tasks []string
	byTask := map[string][]Result{}
	for _, r := range results {
		task := r.Record.Options.Task
		if byTask[task] == nil {
			tasks = append(tasks, task)
		}
		byTask[task] = append(byTask[task], r)
	}
	for _, task := range tasks {
		for metric := range byTask[task][0].Languages[0].Scores {
			if err := writeTable(w, byTask[task], metric); err != nil {
				return err
			}
		}
	}
	return nil
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
		columns[0][language.Code] = language.Majority[metric].Value
		for i, r := range results {
			columns[1+i][language.Code] = r.Languages[l].Scores[metric].Value
		}
		row := []string{language.Code, fmt.Sprint(language.Examples)}
		for _, column := range columns {
			row = append(row, score(column[language.Code]))
		}
		rows = append(rows, row)
	}
	source := first.Record.Options.Language
	one := !slices.ContainsFunc(results, func(r Result) bool { return r.Record.Options.Language != source })
	all, others := []string{"mean", ""}, []string{"mean without " + source, ""}
	if !one {
		others[0] = "mean without the trained language"
	}
	for i, column := range columns {
		trained := source
		if i > 0 {
			trained = results[i-1].Record.Options.Language
		}
		means := stats.TransferMeans(column, trained)
		all, others = append(all, score(means.All)), append(others, score(means.Others))
		if i == 0 && !one { // no run's
			others[len(others)-1] = "–"
		}
	}
	rows = append(rows, all)
	if _, alone := columns[0][source]; len(columns[0]) > 1 || !alone {
		rows = append(rows, others)
	}
	title := fmt.Sprintf("%s, %s in percent", first.Record.Options.Task, name)
	return texttable.Write(w, title, rows, func(column int) bool { return column == 0 })
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
