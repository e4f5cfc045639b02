package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/study"
)

// fewShot are the task's columns with shots, ordered by language, pool, method and number.
func (m *matrix) fewShot(t *task) (columns []*column) {
	for _, cell := range m.study.FewShot {
		if cell.Task != t.name {
			continue
		}
		at := slices.IndexFunc(columns, func(c *column) bool {
			return c.method == cell.Method && c.pool == cell.Pool && c.shots == cell.Shots && c.shotsIn == cell.ShotsIn
		})
		if at < 0 {
			at = len(columns)
			columns = append(columns, &column{task: t, method: cell.Method, pool: cell.Pool, shots: cell.Shots, shotsIn: cell.ShotsIn, results: map[string]*result{}})
		}
		columns[at].cells = append(columns[at].cells, cell)
	}
	slices.SortStableFunc(columns, func(a, b *column) int {
		return cmp.Or(strings.Compare(a.shotsIn, b.shotsIn), inOrder(m.study.Pools, a.pool, b.pool), inOrder(m.study.Methods, a.method, b.method), cmp.Compare(a.shots, b.shots))
	})
	return columns
}

// shotsIn are the languages of shots, and the numbers of shots, 0 among them.
func (t *task) shotsIn() (languages []string, numbers []int) {
	for _, c := range t.few {
		languages, numbers = append(languages, c.shotsIn), append(numbers, c.shots)
	}
	numbers = append(numbers, 0)
	slices.Sort(numbers)
	return slices.Compact(languages), slices.Compact(numbers)
}

// rowsOf are the rows of a language that runs with its shots were scored on, such as treebanks.
func (t *task) rowsOf(language string) (rows []string) {
	for _, row := range t.languages {
		if slices.ContainsFunc(t.few, func(c *column) bool { return c.shotsIn == language && c.results[row] != nil }) {
			rows = append(rows, row)
		}
	}
	return rows
}

// withShots is the column of another one's method and pool and a number of shots, or nil.
func (t *task) withShots(base *column, language string, n int) *column {
	if n == 0 {
		return base
	}
	for _, c := range t.few {
		if c.method == base.method && c.pool == base.pool && c.shotsIn == language && c.shots == n {
			return c
		}
	}
	return nil
}

// shotsTable has the main metric by language of shots and their number. It has no rows without any.
func shotsTable(m *matrix, t *task) *Table {
	table := &Table{Task: t.name, Name: t.name + "-shots", Title: t.name + ": " + t.metrics[0] + " in percent by number of shots" + t.inSplit(), topic: aboutShots}
	table.Columns = []Column{{Name: "language"}, numberColumn("shots", "")}
	for _, c := range t.columns {
		table.Columns = append(table.Columns, scoreColumn(c.name, "", "sd", "seeds", "low", "high"))
	}
	languages, numbers := t.shotsIn()
	for _, language := range languages {
		rows := t.rowsOf(language)
		if rows == nil {
			rows = []string{language} // nothing is done yet
		}
		for _, row := range rows {
			for _, n := range numbers {
				cells := []Entry{text(row), count(n)}
				for _, base := range t.columns {
					cell := blank()
					if c := t.withShots(base, language, n); c != nil {
						cell = c.cell(row, 0)
						majority := t.majority[row]
						cell.chance = majority != nil && cell.Values != nil && cell.Values[0] <= 100*majority[0]
					}
					cells = append(cells, cell)
				}
				table.Rows = append(table.Rows, cells)
			}
		}
	}
	table.Note = "Shots: training examples of the language, of each label; of tagging, sentences. Each run with shots began with that of its seed without any, " +
		"which stands at 0, and is scored in the language of its shots alone. Mean over seeds ± standard deviation; (n of N) where seeds are missing" +
		table.brackets(table.Rows) + "."
	return table
}

// shotsFigures plot the score in each language by the number of its shots.
func (m *matrix) shotsFigures(t *task) (all []figure) {
	languages, numbers := t.shotsIn()
	for _, language := range languages {
		for _, row := range t.rowsOf(language) {
			all = append(all, m.shotsFigure(t, language, row, numbers))
		}
	}
	return all
}

func (m *matrix) shotsFigure(t *task, language, row string, numbers []int) figure {
	name := datasets.LanguageName(code(row))
	c := newChart(axis{label: "shots of " + name + " (evenly spaced)"}, scores(t.metrics[0]))
	for _, n := range numbers {
		c.x.names = append(c.x.names, fmt.Sprint(n))
	}
	var covered coverage
	for i, base := range t.columns {
		aside := 0.05 * (float64(i) - float64(len(t.columns)-1)/2) // so that no interval hides another
		line := series{name: base.name, style: m.styleOf(base), line: true}
		for at, n := range numbers {
			column := t.withShots(base, language, n)
			if column == nil || column.results[row] == nil {
				continue
			}
			r, cell := column.results[row], column.cell(row, 0)
			p := mark{x: float64(at) + aside, y: cell.Values[0], says: fmt.Sprintf("%s, %d %s: %s percent", base.name, n, plural(n, "shot"), cell.whole())}
			if r.interval != nil {
				p.low, p.high = 100*r.interval.Low, 100*r.interval.High
				covered.add(base.name, r.interval.covers)
			}
			line.points = append(line.points, p)
		}
		if line.points != nil && base.method != study.Likelihood {
			c.series = append(c.series, line)
		}
	}
	caption := fmt.Sprintf("%s: %s in %s by the number of its shots", t.name, t.metrics[0], name)
	if bars := covered.intervals(); bars != "" {
		caption += "; bars: " + bars
	}
	return c.figure(aboutShots, t.name, caption+".")
}
