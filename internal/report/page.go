package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var (
	//go:embed page/page.gohtml
	pageSource string
	//go:embed page/page.css
	pageStyle string
	//go:embed page/page.js
	pageScript string

	pageTemplate = template.Must(template.New("page").Parse(pageSource))
)

// page is the template's data.
type page struct {
	Report     *Report
	Summary    string
	Style      template.CSS
	Script     template.JS
	ScriptHash template.HTMLAttr
	Sections   []section
}

type section struct {
	ID, Title, Intro string
	Answers          []Answer
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
	Body   []rowView
	Feet   []rowView
}

type rowView struct {
	ID, Task, Title string
	Cells           []cellView
}

type cellView struct {
	Text, Aside, Class, Value, Title string
	Head                             bool
	Links                            []link
}

type link struct{ Text, To, Says string }

// html is the whole page.
func (r *Report) html() ([]byte, error) {
	hash := sha256.Sum256([]byte(pageScript))
	p := page{Report: r, Summary: r.summary(), Style: template.CSS(pageStyle), Script: template.JS(pageScript),
		ScriptHash: template.HTMLAttr("sha256-" + base64.StdEncoding.EncodeToString(hash[:]))}
	if r.Answers != nil {
		p.Sections = append(p.Sections, section{ID: "answers", Title: "Answers", Answers: r.Answers})
	}
	for _, s := range []struct {
		topic topic
		title string
		intro string
	}{
		{aboutScores, "Scores", ""},
		{aboutParity, "Parameter-efficient methods against fine-tuning", ""},
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
			if f.topic == about && f.Task == task {
				g.Figures = append(g.Figures, f)
			}
		}
		for _, t := range r.Tables {
			if t.topic == about && t.Task == task {
				// The first table has the main results.
				folded := about == aboutScores && len(g.Tables) > 0 || about == aboutTrials && task != "" || (about == aboutParity || about == aboutTokenization) && task != ""
				g.Tables = append(g.Tables, r.view(t, folded))
			}
		}
		if g.Figures != nil || g.Tables != nil {
			groups = append(groups, g)
		}
	}
	return groups
}

func (r *Report) view(t *Table, folded bool) tableView {
	v := tableView{Table: t, Folded: folded}
	for _, row := range t.Rows {
		shown := t.row(row)
		if t.topic == aboutRuns {
			r.linkRun(row, &shown)
		} else if t.Task == "" && slices.Contains(r.Tasks, row[0].Text) {
			shown.Task = row[0].Text
		}
		v.Body = append(v.Body, shown)
	}
	for _, row := range t.Foot {
		v.Feet = append(v.Feet, t.row(row))
	}
	if t.topic == aboutScores {
		v.Feet = append(v.Feet, t.runLinks())
	}
	return v
}

// row views a row. Its tooltip names the runs if all cells have the same ones; otherwise each cell has a tooltip.
func (t *Table) row(cells []Entry) (row rowView) {
	var common []string
	same := true
	for _, c := range cells {
		if c.Runs == nil {
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
		v := cellView{Text: c.Text, Aside: c.Aside, Head: i == 0}
		var classes []string
		if t.Columns[i].Fields != nil {
			classes = append(classes, "n")
		}
		if c.Status != "" {
			classes = append(classes, c.Status)
		}
		if name := t.Columns[i].Name; t.topic == aboutRuns && (name == "settings" || name == "error") && c.Text != "" {
			classes = append(classes, "long")
		}
		v.Class = strings.Join(classes, " ")
		if len(c.Values) > 0 {
			v.Value = strconv.FormatFloat(c.Values[0], 'g', 10, 64)
		}
		if !same && c.Runs != nil {
			v.Title = from(c.Runs)
		}
		row.Cells = append(row.Cells, v)
	}
	return row
}

func from(runs []string) string { return "from runs/" + strings.Join(runs, ", runs/") }

// runLinks is a row with links to the runs of each column.
func (t *Table) runLinks() rowView {
	row := rowView{Cells: []cellView{{Text: "runs", Head: true}}}
	for i := range t.Columns[1:] {
		var runs []string
		for _, r := range slices.Concat(t.Rows, t.Foot) {
			for _, run := range r[1+i].Runs {
				if !slices.Contains(runs, run) {
					runs = append(runs, run)
				}
			}
		}
		v := cellView{Class: "n"}
		for _, run := range runs {
			seed := run[strings.LastIndex(run, "-")+1:]
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
		head.Links = append(head.Links, link{Text: "results", To: "../cells/" + url.PathEscape(name) + ".json", Says: "results of " + name})
	}
}

// runFolder is the folder of a cell's run.
func runFolder(dir, name string) string { return filepath.Join(dir, "runs", name) }
