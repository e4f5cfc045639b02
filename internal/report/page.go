package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"xpt/datasets"
)

var (
	//go:embed page/page.gohtml
	pageSource string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"shades": func() []int { return []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} }}).Parse(pageSource))
)

// page is the template's data.
type page struct {
	Report     *Report
	Summary    string
	Style      template.CSS
	Script     template.JS
	ScriptHash template.HTMLAttr
	Answers    []answerView
	Sections   []section
}

type answerView struct {
	Answer
	Picture *figure // nil: none
}

type section struct {
	ID, Title, Intro string
	Groups           []group
}

// group holds the figures and tables of one task, or of all tasks together.
type group struct {
	Task    string // empty: all
	Figures []figure
	Tables  []tableView
}

type tableView struct {
	*Table
	Folded bool
	Shaded bool // needs a legend
	Long   bool // may be parted by the end of a printed page
	Wide   bool // scrolls on small screens
	Roomy  bool // has room for intervals beside the numbers
	Heads  []headView
	Body   []rowView
	Feet   []rowView
}

type headView struct {
	Column
	Title, Class string
}

type rowView struct {
	ID, Task, Title, Class string
	Cells                  []cellView
}

type cellView struct {
	Text, Aside, Class, Value, Title string
	Head                             bool
	Links                            []link
}

type link struct {
	Text, To, Says string
	Extra          bool // not part of the table in other formats
}

// html is the whole page.
func (r *Report) html() ([]byte, error) {
	hash := sha256.Sum256([]byte(pageScript))
	p := page{Report: r, Summary: r.summary(), Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		ScriptHash: template.HTMLAttr("sha256-" + base64.StdEncoding.EncodeToString(hash[:]))}
	for _, a := range r.Answers {
		a.Tables = slices.DeleteFunc(slices.Clone(a.Tables), func(name string) bool {
			return !slices.ContainsFunc(r.Tables, func(t *Table) bool { return t.Name == name })
		})
		view := answerView{Answer: a}
		if a.picture.SVG != "" {
			view.Picture = &a.picture
		}
		p.Answers = append(p.Answers, view)
	}
	for _, s := range []struct {
		topic topic
		title string
		intro string
	}{
		{aboutScores, "Scores", ""},
		{aboutShots, "Few shots", ""},
		{aboutParity, "Against full fine-tuning", ""},
		{aboutResources, "Pre-training data", ""},
		{aboutTokenization, "Tokenization", ""},
		{aboutDistances, "Representations",
			"Each plot has its own axes: the first two principal components of the languages' mean representations under that backbone."},
		{aboutCurves, "Learning curves", ""},
		{aboutTrials, "Choice of settings", ""},
		{aboutRuns, "Runs", ""},
		{aboutSettings, "Settings", ""},
	} {
		view := section{ID: string(s.topic) + "-section", Title: s.title, Intro: s.intro, Groups: r.groups(s.topic)}
		if len(view.Groups) > 0 {
			p.Sections = append(p.Sections, view)
		}
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, p)
	return b.Bytes(), err
}

// groups are the groups of a topic: first that of all tasks, then one for each task.
func (r *Report) groups(about topic) (groups []group) {
	for _, task := range append([]string{""}, r.Tasks...) {
		g := group{Task: task}
		for _, f := range r.figures {
			// The scores of all tasks stand together.
			if f.topic == about && (f.Task == task && about != aboutScores || task == "" && about == aboutScores) {
				g.Figures = append(g.Figures, f)
			}
		}
		for _, t := range r.Tables {
			if t.topic == about && t.Task == task {
				// The first table has the main results.
				folded := (about == aboutScores || about == aboutShots) && len(g.Tables) > 0 || about == aboutTrials && task != "" || (about == aboutParity || about == aboutTokenization) && task != ""
				g.Tables = append(g.Tables, r.view(t, folded))
			}
		}
		if g.Figures != nil || g.Tables != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

// Rows that a printed page keeps together at most, and columns that a small screen shows.
const (
	mostTogether = 30
	mostNarrow   = 3
	mostRoomy    = 8
)

func (r *Report) view(t *Table, folded bool) tableView {
	v := tableView{Table: t, Folded: folded, Long: len(t.Rows) > mostTogether || t.topic == aboutRuns, Wide: len(t.Columns) > mostNarrow, Roomy: len(t.Columns) <= mostRoomy}
	v.Shaded = slices.ContainsFunc(t.Columns, func(c Column) bool { return c.shaded })
	of := t.columnRuns()
	for i, c := range t.Columns {
		h := headView{Column: c, Title: c.Unit, Class: t.class(i, Entry{}, false)}
		if of[i] != nil {
			h.Title = strings.TrimPrefix(h.Title+", "+from(of[i]), ", ")
		}
		v.Heads = append(v.Heads, h)
	}
	for _, row := range t.Rows {
		shown := t.row(row, of, true)
		if t.topic == aboutRuns {
			r.linkRun(row, &shown)
		} else if t.Task == "" && slices.Contains(r.Tasks, row[0].Text) {
			shown.Task = row[0].Text
		}
		v.Body = append(v.Body, shown)
	}
	for _, row := range t.Foot {
		v.Feet = append(v.Feet, t.row(row, of, false))
	}
	if t.topic == aboutScores {
		v.Feet = append(v.Feet, t.runLinks())
	}
	return v
}

// columnRuns are the runs of each column whose cells all have the same ones; nil for the others.
func (t *Table) columnRuns() [][]string {
	all := make([][]string, len(t.Columns))
	for i := range all {
		for _, row := range slices.Concat(t.Rows, t.Foot) {
			if row[i].Runs == nil {
				continue
			}
			if all[i] == nil {
				all[i] = row[i].Runs
			}
			if !slices.Equal(all[i], row[i].Runs) {
				all[i] = nil
				break
			}
		}
	}
	return all
}

// row views a row. The runs of a cell stand in the tooltip of its column, of its row if all of its other cells have the same ones, or of
// itself.
func (t *Table) row(cells []Entry, of [][]string, shaded bool) (row rowView) {
	var common []string
	same := true
	for i, c := range cells {
		if c.Runs == nil || of[i] != nil {
			continue
		}
		if common == nil {
			common = c.Runs
		}
		same = same && slices.Equal(common, c.Runs)
	}
	if same && common != nil {
		row.Title = from(common)
	}
	for i, c := range cells {
		v := cellView{Text: c.Text, Aside: c.Aside, Head: i == 0, Class: t.class(i, c, shaded)}
		if name := t.Columns[i].Name; i == 0 && name == "language" {
			if v.Title = datasets.LanguageName(code(c.Text)); v.Title == c.Text {
				v.Title = ""
			}
		}
		if len(c.Values) > 0 {
			v.Value = strconv.FormatFloat(c.Values[0], 'g', 6, 64)
		}
		if !same && c.Runs != nil && of[i] == nil {
			v.Title = from(c.Runs)
		}
		row.Cells = append(row.Cells, v)
	}
	return row
}

// class is the style of a cell in column i.
func (t *Table) class(i int, c Entry, shaded bool) string {
	var classes []string
	column := t.Columns[i]
	if column.Fields != nil {
		classes = append(classes, "n")
	}
	if t.topic == aboutScores && !t.detail && column.Name == "examples" {
		classes = append(classes, "examples")
	}
	if c.Status != "" {
		classes = append(classes, c.Status)
	}
	if t.topic == aboutRuns && (column.Name == "settings" || column.Name == "error") && c.Text != "" {
		classes = append(classes, "long")
	}
	if shaded && column.shaded && len(c.Values) > 0 {
		classes = append(classes, fmt.Sprintf("h h%d", min(max(int(c.Values[0]/10), 0), 9)))
		if c.chance {
			classes = append(classes, "chance")
		}
	}
	return strings.Join(classes, " ")
}

func from(runs []string) string { return "from runs/" + strings.Join(runs, ", runs/") }

// runLinks is a row with links to the runs of each column, named by their seeds.
func (t *Table) runLinks() rowView {
	row := rowView{Class: "links", Cells: []cellView{{Text: "runs by seed", Head: true}}}
	for i := range t.Columns[1:] {
		var runs []string
		for _, r := range slices.Concat(t.Rows, t.Foot) {
			for _, run := range r[1+i].Runs {
				if !slices.Contains(runs, run) {
					runs = append(runs, run)
				}
			}
		}
		v := cellView{Class: t.class(1+i, Entry{}, false)}
		for _, run := range runs {
			seed := run[strings.LastIndex(run, "-")+1:]
			if _, err := strconv.ParseUint(seed, 10, 64); err != nil {
				seed = "run"
			} else if v.Links == nil {
				seed = "seed " + seed
			}
			v.Links = append(v.Links, link{Text: seed, To: "#run-" + url.PathEscape(run), Says: "run " + run})
		}
		row.Cells = append(row.Cells, v)
	}
	return row
}

// linkRun links a run's folder and its results.
func (r *Report) linkRun(cells []Entry, row *rowView) {
	name := cells[0].Text
	row.ID, row.Task, row.Title = "run-"+name, cells[1].Text, ""
	head := &row.Cells[0]
	head.Text = ""
	if r.hasRun[name] {
		head.Links = append(head.Links, link{Text: name, To: "../runs/" + url.PathEscape(name) + "/"})
	} else {
		head.Text = name + " "
	}
	if status := cells[5].Text; !strings.HasPrefix(status, missing) {
		head.Links = append(head.Links, link{Text: "results", To: "../cells/" + url.PathEscape(name) + ".json", Says: "results of " + name, Extra: true})
	}
}

// runFolder is the folder of a cell's run.
func runFolder(dir, name string) string { return filepath.Join(dir, "runs", name) }
