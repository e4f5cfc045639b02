package report

import (
	"maps"
	"slices"

	"xpt/internal/stats"
	"xpt/metrics"
)

// classTable has each class's F1 in the source language and its mean over the others.
func classTable(m *matrix, t *task) *Table {
	table := &Table{Task: t.name, Name: t.name + "-classes", Title: t.name + ": F1 by class in percent", topic: aboutScores, detail: true}
	table.Note = "A class is a label, or the type of an entity. Others: the mean over the languages that were not trained on and have the class. " +
		"Mean over seeds ± standard deviation; (n of N) where seeds are missing. " +
		"How often each class is right, predicted and gold is in cells/NAME.json."
	table.Columns = []Column{{Name: "class"}, {Name: "languages"}, numberColumn("gold", "")}
	for _, c := range t.columns {
		table.Columns = append(table.Columns, numberColumn(c.name, "percent", "", "sd", "seeds"))
	}
	source := m.study.Language
	trained, others := t.split(source)
	for _, group := range []struct {
		name      string
		languages []string
	}{{source, trained}, {"others", others}} {
		gold := t.gold(group.languages)
		for _, class := range slices.Sorted(maps.Keys(gold)) {
			row := []Entry{text(class), text(group.name), count(gold[class])}
			for _, c := range t.columns {
				row = append(row, c.class(class, group.languages))
			}
			table.Rows = append(table.Rows, row)
		}
	}
	return table
}

// gold counts the gold instances of each class in languages, from the first result of each.
func (t *task) gold(languages []string) map[string]int {
	gold, seen := map[string]int{}, map[string]bool{}
	for _, c := range t.columns {
		for _, o := range c.outcomes {
			for _, l := range o.Languages {
				if name := l.Code; len(l.Classes) > 0 && !seen[name] && slices.Contains(languages, name) {
					seen[name] = true
					for _, class := range l.Classes {
						if class.Gold > 0 {
							gold[class.Name] += class.Gold
						}
					}
				}
			}
		}
	}
	return gold
}

// class is the column's F1 of a class: the mean over the languages that have the class.
func (c *column) class(class string, languages []string) Entry {
	var runs []string
	var values []float64
	for _, o := range c.outcomes {
		var of []float64
		for _, l := range o.Languages {
			at := slices.IndexFunc(l.Classes, func(c metrics.Class) bool { return c.Name == class && c.Gold > 0 })
			if at >= 0 && slices.Contains(languages, l.Code) {
				of = append(of, l.Classes[at].F1())
			}
		}
		if of != nil {
			runs, values = append(runs, o.Name()), append(values, stats.NewSpread(of).Mean)
		}
	}
	if values == nil && len(c.outcomes) == 0 {
		return c.lacking()
	}
	if values == nil {
		return blank()
	}
	return c.spread(values, runs, nil)
}
