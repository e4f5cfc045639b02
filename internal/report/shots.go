package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/study"
)

// shots are the examples of another language that a run was trained on; the zero value: none.
type shots struct {
	n        int // of each label, of tagging sentences
	language string
	alone    bool // without an earlier training
}

// shotsOf are a cell's shots. Those of a cell that is not done are the others', if they have the same ones.
func (m *matrix) shotsOf(c study.Cell) shots {
	if o, ok := m.outcomes[c.Name()]; ok && o.Status == study.Done {
		return shotsOf(o)
	}
	var all []shots
	for _, c := range m.study.Cells {
		if o := m.outcomes[c.Name()]; o.Status == study.Done && !slices.Contains(all, shotsOf(o)) {
			all = append(all, shotsOf(o))
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	return shots{}
}

func shotsOf(o study.Outcome) shots {
	options := o.Record.Options
	if options.Shots == 0 {
		return shots{}
	}
	return shots{options.Shots, options.ShotsIn, o.Record.Origin == nil}
}

func (s shots) String() string {
	text := fmt.Sprintf("%d %s of %s", s.n, plural(s.n, "shot"), s.language)
	if s.alone {
		text += " alone"
	}
	return text
}

// compare orders shots by language, then by number.
func (s shots) compare(o shots) int {
	return cmp.Or(strings.Compare(s.language, o.language), cmp.Compare(s.n, o.n))
}

// shown are the columns of the main tables and of the study's questions: those without shots, or all if all have some.
func (t *task) shown() (columns []*column) {
	for _, c := range t.columns {
		if c.shots.n == 0 {
			columns = append(columns, c)
		}
	}
	if columns == nil {
		return t.columns
	}
	return columns
}

// fewShot are the other columns.
func (t *task) fewShot() (columns []*column) {
	shown := t.shown()
	for _, c := range t.columns {
		if !slices.Contains(shown, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// severalShots tells whether some runs have shots and are not among those of the study's questions.
func (m *matrix) severalShots() bool {
	return slices.ContainsFunc(m.tasks, func(t *task) bool { return t.fewShot() != nil })
}

// shotsCurve is a method by the number of shots of a language, from no shots on where it began with a training.
type shotsCurve struct {
	name    string
	columns []*column
}

// shotsCurves are the curves of a language, and the numbers of shots that they have.
func (t *task) shotsCurves(language string) (curves []*shotsCurve, numbers []int) {
	for _, c := range t.columns {
		if c.shots.language != language || len(c.outcomes) == 0 {
			continue
		}
		name := strings.TrimSuffix(c.name, ", "+c.shots.String())
		base := t.find(c.method, c.pool, shots{})
		if c.shots.alone {
			name, base = name+", shots alone", nil
		}
		at := slices.IndexFunc(curves, func(s *shotsCurve) bool { return s.name == name })
		if at < 0 {
			at = len(curves)
			curves = append(curves, &shotsCurve{name: name})
			if base != nil && base.results[language] != nil {
				curves[at].columns, numbers = append(curves[at].columns, base), append(numbers, 0)
			}
		}
		curves[at].columns, numbers = append(curves[at].columns, c), append(numbers, c.shots.n)
	}
	slices.Sort(numbers)
	return curves, slices.Compact(numbers)
}

// with is the curve's column of a number of shots, or nil.
func (s *shotsCurve) with(n int) *column {
	for _, c := range s.columns {
		if c.shots.n == n {
			return c
		}
	}
	return nil
}

// shotsLanguages are the languages that runs have shots of.
func (t *task) shotsLanguages() (languages []string) {
	for _, c := range t.columns {
		if c.shots.n > 0 && !slices.Contains(languages, c.shots.language) {
			languages = append(languages, c.shots.language)
		}
	}
	return languages
}

// shotsTable has the main metric by number of shots, in the language of the shots and in those that nothing was trained on.
// It has no rows where the runs do not differ in shots.
func shotsTable(m *matrix, t *task) *Table {
	table := &Table{Task: t.name, Name: t.name + "-shots", topic: aboutShots,
		Title:   t.name + ": " + t.metrics[0] + " in percent by number of shots" + t.inSplit(),
		Columns: []Column{{Name: "language"}, {Name: "scored in"}, numberColumn("shots", "")}}
	for _, language := range t.shotsLanguages() {
		curves, numbers := t.shotsCurves(language)
		if len(numbers) < 2 {
			continue
		}
		for _, s := range curves {
			if !slices.ContainsFunc(table.Columns, func(c Column) bool { return c.Name == s.name }) {
				table.Columns = append(table.Columns, scoreColumn(s.name, "", "sd", "seeds", "low", "high"))
			}
		}
		for _, others := range []bool{false, true} {
			for _, n := range numbers {
				table.Rows = append(table.Rows, m.shotsRow(t, table, language, curves, n, others))
			}
		}
	}
	for i, row := range table.Rows {
		for len(row) < len(table.Columns) { // languages before the one that brought a column
			row = append(row, blank())
		}
		table.Rows[i] = row
	}
	table.Note = "Shots: training examples of the language, of each label; of tagging, sentences. At 0 stands the run on " + m.rated + " that the others began with; " +
		"shots alone: without it. Others: the mean over the languages that no run of the study was trained on. Mean over seeds ± standard deviation" +
		table.brackets(table.Rows) + "."
	return table
}

// shotsRow is the table's row of a number of shots.
func (m *matrix) shotsRow(t *task, table *Table, language string, curves []*shotsCurve, n int, others bool) []Entry {
	scored := language
	if others {
		scored = "others"
	}
	row := []Entry{text(language), text(scored), count(n)}
	for _, heading := range table.Columns[3:] {
		at := slices.IndexFunc(curves, func(s *shotsCurve) bool { return s.name == heading.Name })
		cell := blank()
		if at >= 0 {
			if c := curves[at].with(n); c != nil && others {
				cell = c.mean(0, m.study.Language, othersMean, c.over.others)
			} else if c != nil {
				cell = c.cell(language, 0)
			}
		}
		row = append(row, cell)
	}
	return row
}

// shotsFigures plot the scores in each language by the number of its shots.
func (m *matrix) shotsFigures(t *task) (all []figure) {
	for _, language := range t.shotsLanguages() {
		curves, numbers := t.shotsCurves(language)
		if len(numbers) < 2 {
			continue
		}
		name := datasets.LanguageName(code(language))
		c := newChart(axis{label: "shots of " + name + " (evenly spaced)"}, scores(t.metrics[0]))
		for _, n := range numbers {
			c.x.names = append(c.x.names, fmt.Sprint(n))
		}
		var covered coverage
		for _, s := range curves {
			line := series{name: s.name, style: m.styleOf(s.columns[len(s.columns)-1]), line: true}
			if s.columns[0].shots.alone {
				line.style += len(m.study.Methods) * max(1, len(m.study.Pools))
			}
			for _, column := range s.columns {
				r := column.results[language]
				if r == nil {
					continue
				}
				cell := column.cell(language, 0)
				p := mark{x: float64(slices.Index(numbers, column.shots.n)), y: cell.Values[0], says: fmt.Sprintf("%s, %d shots: %s percent", s.name, column.shots.n, cell.whole())}
				if r.interval != nil {
					p.low, p.high = 100*r.interval.Low, 100*r.interval.High
					covered.add(s.name, r.interval.covers)
				}
				line.points = append(line.points, p)
			}
			c.series = append(c.series, line)
		}
		caption := fmt.Sprintf("%s: %s in %s by the number of its shots", t.name, t.metrics[0], name)
		if bars := covered.intervals(); bars != "" {
			caption += "; bars: " + bars
		}
		all = append(all, c.figure(aboutShots, t.name, caption+"."))
	}
	return all
}
