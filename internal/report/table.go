package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"xpt/internal/stats"
)

// Table is a table of the report.
type Table struct {
	Name    string    `json:"name"`           // base of its files' names
	Task    string    `json:"task,omitempty"` // empty: of all tasks
	Title   string    `json:"title"`
	Note    string    `json:"note,omitempty"`
	Columns []Column  `json:"columns"`
	Rows    [][]Entry `json:"rows"`
	Foot    [][]Entry `json:"foot,omitempty"` // summary rows, not sorted with the others

	topic   topic
	detail  bool   // folded on the page, left out on a terminal
	caution string // of the note, what a terminal shows too
}

// topic is the part of the page that a table belongs to.
type topic string

const (
	aboutScores       topic = "scores"
	aboutShots        topic = "shots"
	aboutParity       topic = "parity"
	aboutResources    topic = "resources"
	aboutTokenization topic = "tokenization"
	aboutDistances    topic = "representations"
	aboutCurves       topic = "curves"
	aboutTrials       topic = "trials"
	aboutRuns         topic = "runs"
	aboutSettings     topic = "settings"
)

// Column heads the cells below it.
type Column struct {
	Name   string   `json:"name"`
	Fields []string `json:"fields,omitempty"` // names of the cells' numbers; none: the column is text
	Unit   string   `json:"unit,omitempty"`   // of the numbers: percent, points

	shaded bool // of scores in percent, which the page shades on one scale for all tables
}

// Entry is one cell of a table.
type Entry struct {
	Text   string    `json:"text"`             // as shown
	Aside  string    `json:"aside,omitempty"`  // shown smaller: an interval
	Values []float64 `json:"values,omitempty"` // of the column's first fields; unknown ones are left out at the end
	Runs   []string  `json:"runs,omitempty"`   // cells of the study that the value is computed from
	Status string    `json:"status,omitempty"` // failed, missing or incomplete
	Covers string    `json:"covers,omitempty"` // what the interval is drawn over, such as examples, seeds and languages

	chance bool // not above the best constant answer
}

// The values of Entry.Status.
const (
	failed     = "failed"
	missing    = "missing"
	incomplete = "incomplete"
)

func text(s string) Entry { return Entry{Text: s} }

// number shows v with so many decimals.
func number(v float64, decimals int) Entry {
	return Entry{Text: decimal(v, decimals), Values: []float64{v}}
}

// signedNumber is number with a plus before what is above 0.
func signedNumber(v float64, decimals int) Entry {
	return Entry{Text: signed(v, decimals), Values: []float64{v}}
}

// spreadNumber shows a mean with its standard deviation, if there is one. The values are mean, standard deviation and
// number.
func spreadNumber(s stats.Spread, decimals int) Entry {
	cell := number(s.Mean, decimals)
	cell.Text += plusMinus(s, decimals)
	cell.Values = append(cell.Values, s.SD, float64(s.N))
	return cell
}

// plusMinus is the standard deviation behind a mean; of one value there is none.
func plusMinus(s stats.Spread, decimals int) string {
	if s.N < 2 {
		return ""
	}
	return " ± " + decimal(s.SD, decimals)
}

// scoreColumn is a column of scores that the page shades.
func scoreColumn(name string, fields ...string) Column {
	c := numberColumn(name, "percent", fields...)
	c.shaded = true
	return c
}

// shareNumber shows a share of all parameters in percent.
func shareNumber(v float64) Entry { return Entry{Text: share(v), Values: []float64{100 * v}} }

func count(n int) Entry { return Entry{Text: strconv.Itoa(n), Values: []float64{float64(n)}} }

// blank is a cell without a value.
func blank() Entry { return Entry{Text: "–"} }

// of sets the cell's runs.
func (c Entry) of(runs ...string) Entry {
	c.Runs = runs
	return c
}

// setRuns sets the runs of the cells that have none yet.
func setRuns(cells []Entry, runs []string) {
	for i, c := range cells {
		if c.Runs == nil {
			cells[i] = c.of(runs...)
		}
	}
}

// within adds an interval, times scale, beside the cell's number; nil: none is known.
func (c Entry) within(i *covered, scale float64, decimals int) Entry {
	if i != nil {
		low, high := scale*i.Low, scale*i.High
		c.Aside = interval(low, high, decimals)
		c.Values = append(c.Values, low, high)
		c.Covers = i.covers
	}
	return c
}

func numberColumn(name, unit string, fields ...string) Column {
	if fields == nil {
		fields = []string{""}
	}
	return Column{Name: name, Fields: fields, Unit: unit}
}

// minus is the sign that stands before negative numbers.
const minus = "−"

func decimal(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	if v < 0 && strings.Trim(s, "0.") != "" {
		return minus + s
	}
	return s
}

// signed is decimal with a plus before what is above 0.
func signed(v float64, decimals int) string {
	s := decimal(v, decimals)
	if v > 0 && strings.Trim(s, "0.") != "" {
		return "+" + s
	}
	return s
}

func interval(low, high float64, decimals int) string {
	return fmt.Sprintf("[%s, %s]", decimal(low, decimals), decimal(high, decimals))
}

// pValue formats a p-value.
func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return decimal(p, 3)
}

// equals is a p-value in a sentence: "p = 0.010".
func equals(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return "p = " + decimal(p, 3)
}

// share formats a share of all parameters in percent, with three significant digits.
func share(v float64) string { return fmt.Sprintf("%.3g %%", 100*v) }

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// header is the column's name with its unit, for files without notes.
func (c Column) header() string {
	if c.Unit == "" {
		return c.Name
	}
	return c.Name + " (" + c.Unit + ")"
}

// dropEmpty removes a column that is empty in every row.
func (t *Table) dropEmpty(name string) {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if slices.ContainsFunc(t.Rows, func(row []Entry) bool { return row[at].Text != "" }) {
		return
	}
	t.Columns = slices.Delete(t.Columns, at, at+1)
	for i, row := range t.Rows {
		t.Rows[i] = slices.Delete(row, at, at+1)
	}
}

// dropSame removes a column whose cells are equal or empty, and returns their text.
func (t *Table) dropSame(name string) string {
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	same := ""
	for _, row := range t.Rows {
		if text := row[at].Text; text != "" && same != "" && text != same {
			return ""
		} else if text != "" {
			same = text
		}
	}
	for _, row := range t.Rows {
		row[at].Text = ""
	}
	t.dropEmpty(name)
	return same
}

// withRows removes tables without rows.
func withRows(tables []*Table) []*Table {
	return slices.DeleteFunc(tables, func(t *Table) bool { return len(t.Rows) == 0 && len(t.Foot) == 0 })
}

// nameTables makes the names unique and fit for files.
func nameTables(tables []*Table) {
	taken := map[string]bool{}
	for _, t := range tables {
		name := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
				return r
			}
			return '_'
		}, t.Name)
		t.Name = name
		for n := 2; taken[t.Name]; n++ {
			t.Name = fmt.Sprintf("%s_%d", name, n)
		}
		taken[t.Name] = true
	}
}
