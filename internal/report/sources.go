package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/study"
	"xpt/internal/transfer"
)

// sourcesTable lists what of a task's data was scored, and what the runs knew of it.
func sourcesTable(m *matrix, t *task) *Table {
	table := &Table{Task: t.name, Name: t.name + "-data", Title: t.name + ": what was scored" + t.inSplit(), topic: aboutScores, detail: true}
	table.Columns = []Column{{Name: "language"}, {Name: "name"}, numberColumn("examples", ""), {Name: "files"}, {Name: "known to the runs"}}
	for _, language := range t.languages {
		row := []Entry{text(language), text(datasets.LanguageName(language)), blank(), {}, {}}
		seen := map[string]bool{}
		for _, o := range t.done() {
			at := slices.IndexFunc(o.Languages, func(l study.LanguageResult) bool { return l.Code == language })
			if at < 0 {
				continue
			}
			l := o.Languages[at]
			row[2], row[3] = count(l.Examples), text(strings.Join(l.Files, ", "))
			if l.Of > l.Examples {
				row[2].Text += " of " + datasets.Grouped(l.Of)
			}
			if l.Seen != "" && !seen[l.Seen] {
				seen[l.Seen] = true
				row[4].Text = strings.TrimPrefix(row[4].Text+", "+l.Seen, ", ")
			}
		}
		table.Rows = append(table.Rows, row)
	}
	table.dropEmpty("files")
	table.dropEmpty("known to the runs")
	var notes []string
	if n := m.study.EvalLimit; n > 0 {
		notes = append(notes, fmt.Sprintf("At most %s examples of a language, drawn by seed %d.", datasets.Grouped(n), m.study.Seeds[0]))
	}
	if done := t.done(); done != nil {
		if out := transfer.LeftOutText(t.name, done[0].Split, done[0].LeftOut); out != "" {
			notes = append(notes, strings.ToUpper(out[:1])+out[1:]+".")
		}
	}
	table.Note = strings.Join(notes, " ")
	return table
}

// done are the task's outcomes, column by column.
func (t *task) done() (all []study.Outcome) {
	for _, c := range t.columns {
		all = append(all, c.outcomes...)
	}
	return all
}

// inSplit is ", test split", for titles; empty where nothing is done.
func (t *task) inSplit() string {
	var splits []string
	for _, o := range t.done() {
		if o.Split != "" && !slices.Contains(splits, o.Split) {
			splits = append(splits, o.Split)
		}
	}
	if splits == nil {
		return ""
	}
	return fmt.Sprintf(", %s split", strings.Join(splits, " and "))
}

// notHeldOut says which languages' scores are of examples that the runs had seen; empty for none.
func (t *task) notHeldOut() string {
	var by transfer.ByReason
	for _, o := range t.done() {
		for _, l := range o.Languages {
			if l.Seen != "" {
				by.Add(l.Code, l.Seen)
			}
		}
	}
	if text := by.String(); text != "" {
		return "Not held out: " + text + "."
	}
	return ""
}
