// Package report makes the report of a study folder, or of a single run: tables as CSV, JSON, Markdown and LaTeX, answers to the study's
// three questions, and a self-contained HTML page. It needs neither model nor data.
package report

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"xpt/internal/stats"
	"xpt/internal/study"
)

// Constants of the intervals and tests. The same folder gives the same digits.
const (
	bootstrapRounds = 1000
	level           = 0.95
	significance    = 1 - level
	seed            = 1
)

var resampling = stats.Resampling{Rounds: bootstrapRounds, Level: level, Seed: seed}

// permutationRounds makes the smallest possible p-value, adjusted by Holm for the languages, at most a fifth of the level.
func permutationRounds(languages int) int { return max(2000, 100*languages) - 1 }

// Report is the report of a study, or of a single run, which has neither statistics, cells nor answers.
type Report struct {
	Title       string     `json:"title"`
	Checkpoint  string     `json:"checkpoint"`
	Data        string     `json:"data"`
	Pretraining string     `json:"pretraining"`
	Language    string     `json:"language"`          // trained on
	Command     string     `json:"command,omitempty"` // that made the results
	DTypes      []string   `json:"dtypes"`            // that were computed in
	From        time.Time  `json:"from,omitzero"`     // when the first cell ended
	To          time.Time  `json:"to,omitzero"`       // and the last
	Tasks       []string   `json:"tasks"`
	Methods     []string   `json:"methods"`
	Seeds       []uint64   `json:"seeds"`
	Statistics  Statistics `json:"statistics,omitzero"`
	Cells       CellCounts `json:"cells,omitzero"`
	Answers     []Answer   `json:"answers,omitempty"`
	Tables      []*Table   `json:"tables"`

	about   string // of a single run: its summary
	figures []figure
	hasRun  map[string]bool // runs that have a folder
}

// Statistics says how intervals and tests were computed.
type Statistics struct {
	Bootstrap         string  `json:"bootstrap"` // the kind, of whose draws each entry's covers tells
	BootstrapRounds   int     `json:"bootstrap_rounds"`
	PermutationRounds int     `json:"permutation_rounds"` // of the task with the most languages
	Level             float64 `json:"level"`
	Seed              uint64  `json:"seed"`
}

// CellCounts counts the cells of the study by status.
type CellCounts struct {
	All     int `json:"all"`
	Done    int `json:"done"`
	Failed  int `json:"failed"`
	Missing int `json:"missing"`
}

// Answer answers one of the study's questions.
type Answer struct {
	Question  string   `json:"question"`
	Sentences []string `json:"sentences"`         // the first is the summary
	Caution   string   `json:"caution,omitempty"` // what to know before the summary is believed
	Tables    []string `json:"tables"`            // names of tables with the details

	picture figure
}

func (a *Answer) caution(sentence string) { a.Caution = strings.TrimSpace(a.Caution + " " + sentence) }

// oneSeed is the caution of a study with one seed.
const oneSeed = "There is one seed only: how much of this is the chance of one training is unknown."

// Make reads the study folder dir and computes its report.
func Make(dir string) (*Report, error) {
	m, err := load(dir)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Title: cmp.Or(m.study.Title, "Cross-lingual prompt tuning"), Checkpoint: m.study.Checkpoint,
		Data: m.study.Data, Pretraining: m.study.Pretraining, Language: m.study.Language,
		Tasks: m.study.Tasks, Methods: m.study.Methods, Seeds: m.study.Seeds,
		Statistics: Statistics{Bootstrap: "hierarchical, percentile", BootstrapRounds: bootstrapRounds, Level: level, Seed: seed},
		Cells:      m.count(),
	}
	for _, t := range m.tasks {
		r.Statistics.PermutationRounds = max(r.Statistics.PermutationRounds, permutationRounds(len(t.languages)))
	}
	r.computed(m)
	if err := m.compare(); err != nil {
		return nil, err
	}
	gains := m.gains()
	r.Answers = []Answer{onPar(m), lowResource(m, gains), tokenized(m, gains)}
	runs := runsTable(m)
	r.Tables = withRows(append(m.tables(gains), runs))
	nameTables(r.Tables)
	r.figures = m.figures(gains)
	r.tidy()
	r.hasRun = map[string]bool{}
	for _, row := range runs.Rows {
		name := row[0].Text
		if filepath.IsLocal(name) {
			_, err := os.Stat(runFolder(dir, name))
			r.hasRun[name] = err == nil
		}
	}
	return r, nil
}

// computed says by what command, in which types and when the cells were computed.
func (r *Report) computed(m *matrix) {
	r.Command = m.study.Command
	for _, t := range m.tasks {
		for _, o := range t.done() {
			if !slices.Contains(r.DTypes, o.Record.DType) {
				r.DTypes = append(r.DTypes, o.Record.DType)
			}
			if r.From.IsZero() || o.Ended.Before(r.From) {
				r.From = o.Ended
			}
			if o.Ended.After(r.To) {
				r.To = o.Ended
			}
		}
	}
}

// count counts the cells by status, trials that diverged as done: they are not run again.
func (m *matrix) count() (n CellCounts) {
	for _, c := range slices.Concat(m.study.Trials, m.study.Cells, m.study.FewShot) {
		n.All++
		switch m.status(c) {
		case study.Done, study.Diverged:
			n.Done++
		case study.Failed:
			n.Failed++
		default:
			n.Missing++
		}
	}
	return n
}

// tables are all tables but that of the runs, in order.
func (m *matrix) tables(gains []*gain) (all []*Table) {
	for _, t := range m.tasks {
		for i := range t.metrics {
			all = append(all, scoreTable(m, t, i))
		}
		all = append(all, shotsTable(m, t))
		all = append(all, sourcesTable(m, t))
		all = append(all, classTable(m, t))
		all = append(all, calibrationTable(m, t))
	}
	all = append(all, parityTable(m.comparisons))
	for _, c := range m.comparisons {
		all = append(all, c.table())
	}
	all = append(all, relationTable(gains, "resources", "Gain and pre-training data", isResource), tierTable(gains),
		relationTable(gains, "tokenization", "Gain and tokenization", isTokenization))
	all = append(all, poolTable(m)...)
	for _, t := range m.tasks {
		all = append(all, propertyTable(m, t)...)
	}
	all = append(all, distanceTables(m)...)
	return append(all, trialTables(m)...)
}

// tidy replaces line breaks and other control characters in all texts, which may come from untrusted files.
func (r *Report) tidy() {
	for _, s := range []*string{&r.Title, &r.about, &r.Command, &r.Checkpoint, &r.Data, &r.Pretraining, &r.Language} {
		*s = oneLine(*s)
	}
	lists := [][]string{r.Tasks, r.Methods}
	for i := range r.Answers {
		r.Answers[i].Caution = oneLine(r.Answers[i].Caution)
		lists = append(lists, r.Answers[i].Sentences)
	}
	for _, list := range lists {
		for i := range list {
			list[i] = oneLine(list[i])
		}
	}
	for _, t := range r.Tables {
		t.Task, t.Title, t.Note = oneLine(t.Task), oneLine(t.Title), oneLine(t.Note)
		for i := range t.Columns {
			t.Columns[i].Name = oneLine(t.Columns[i].Name)
		}
		for _, row := range slices.Concat(t.Rows, t.Foot) {
			for i := range row {
				row[i].Text, row[i].Aside = oneLine(row[i].Text), oneLine(row[i].Aside)
			}
		}
	}
}

func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
}

// Page is the HTML page of a report folder.
const Page = "index.html"

// Folder is the report's folder in the folder dir of a study or run.
func Folder(dir string) string { return filepath.Join(dir, "report") }
