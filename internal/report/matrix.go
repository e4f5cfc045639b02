package report

import (
	"cmp"
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/regular"
	"xpt/internal/stats"
	"xpt/internal/study"
	"xpt/metrics"
	"xpt/training"
)

// matrix is the study's results by task, method and language.
type matrix struct {
	dir        string
	study      study.Study              // its language with those of shots
	rated      string                   // the languages whose dev sets rated the runs
	outcomes   map[string]study.Outcome // by the cell's name
	tasks      []*task
	properties map[string][]study.LanguageProperty // by task
	distances  []study.Distances

	comparisons []*comparison // of parameter-efficient methods with fine-tuning
	subTokens   []*comparison // of the last sub-token of words with the first
}

// task is one task's results.
type task struct {
	name      string
	metrics   []string // the main one first; none where nothing is done
	languages []string // the source language first
	examples  map[string]int
	majority  map[string][]float64 // by language, a value a metric
	columns   []*column
	few       []*column // with shots, each in the language of its shots alone
}

// column is a method on a task, over seeds.
type column struct {
	task     *task
	method   string
	pool     string
	name     string // heading: the method, and the pool if there are several
	cells    []study.Cell
	outcomes []study.Outcome // of the cells that are done, in their order
	shots    int             // 0: none
	shotsIn  string          // language
	failed   int
	results  map[string]*result                  // by language; nil: in none of the outcomes
	over     struct{ all, others, gap *covered } // of the means over languages; nil: unknown
}

// result holds a column's scores in one language.
type result struct {
	runs     []string    // names of the cells
	seeds    []uint64    // of the runs
	values   [][]float64 // [metric][run]
	counts   [][]metrics.Counts
	digests  []string
	interval *covered // of the main metric; nil: unknown
}

func load(dir string) (*matrix, error) {
	m := &matrix{dir: dir, outcomes: map[string]study.Outcome{}, properties: map[string][]study.LanguageProperty{}}
	var err error
	if m.study, err = study.Read(dir); err != nil {
		return nil, err
	}
	outcomes, err := study.ReadOutcomes(dir)
	if err != nil {
		return nil, err
	}
	for _, o := range outcomes {
		m.outcomes[o.Name()] = o
	}
	m.rated = m.study.Language
	m.addShots()
	properties, err := study.ReadProperties(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range properties {
		m.properties[p.Task] = p.Languages
	}
	if m.distances, err = study.ReadDistances(dir); err != nil {
		return nil, err
	}
	for _, name := range m.study.Tasks {
		m.tasks = append(m.tasks, m.task(name))
	}
	return m, nil
}

// addShots counts the languages that a cell has shots of among those that were trained on: no score in them is zero-shot.
func (m *matrix) addShots() {
	for _, c := range m.study.Cells {
		language := m.outcomes[c.Name()].Record.Options.ShotsIn
		if language != "" && !slices.Contains(strings.Split(m.study.Language, ","), language) {
			m.study.Language += "," + language
		}
	}
}

// status is done, failed, or missing if the cell has not ended.
func (m *matrix) status(c study.Cell) string {
	o, ok := m.outcomes[c.Name()]
	if !ok {
		return missing
	}
	return o.Status
}

func (m *matrix) task(name string) *task {
	t := &task{name: name, examples: map[string]int{}, majority: map[string][]float64{}}
	pools := map[string]bool{}
	for _, c := range m.study.Cells {
		if c.Task != name {
			continue
		}
		if c.Pool != "" {
			pools[c.Pool] = true
		}
		column := t.find(c.Method, c.Pool)
		if column == nil {
			column = t.newColumn(c.Method, c.Pool)
		}
		column.cells = append(column.cells, c)
	}
	slices.SortStableFunc(t.columns, func(a, b *column) int {
		return cmp.Or(inOrder(m.study.Pools, a.pool, b.pool), inOrder(m.study.Methods, a.method, b.method))
	})
	t.few = m.fewShot(t)
	languages := map[string]bool{}
	for _, c := range slices.Concat(t.columns, t.few) {
		c.name = c.method
		if c.pool != "" && len(pools) > 1 {
			c.name += ", " + c.pool
		}
		for _, cell := range c.cells {
			switch o := m.outcomes[cell.Name()]; o.Status {
			case study.Done:
				c.outcomes = append(c.outcomes, o)
				t.add(c, o)
				for _, l := range o.Languages {
					languages[l.Code] = true
				}
			case study.Failed:
				c.failed++
			}
		}
	}
	if t.metrics == nil { // no cell is done
		t.metrics = []string{"score"}
	}
	t.languages = slices.SortedFunc(maps.Keys(languages), func(a, b string) int {
		if trained := stats.OfSource(a, m.study.Language); trained != stats.OfSource(b, m.study.Language) {
			if trained {
				return -1
			}
			return 1
		}
		return cmp.Compare(a, b)
	})
	return t
}

// split parts the languages into those of the source language, which are several if it has treebanks of its own, and the others.
func (t *task) split(source string) (trained, others []string) {
	for _, language := range t.languages {
		if stats.OfSource(language, source) {
			trained = append(trained, language)
		} else {
			others = append(others, language)
		}
	}
	return trained, others
}

// inOrder compares a and b by their places in a list; those that are not in it come last.
func inOrder(list []string, a, b string) int {
	place := func(s string) int {
		if at := slices.Index(list, s); at >= 0 {
			return at
		}
		return len(list)
	}
	return cmp.Compare(place(a), place(b))
}

func (t *task) newColumn(method, pool string) *column {
	c := &column{task: t, method: method, pool: pool, results: map[string]*result{}}
	t.columns = append(t.columns, c)
	return c
}

// add adds the scores of a cell.
func (t *task) add(c *column, o study.Outcome) {
	for _, l := range o.Languages {
		if t.metrics == nil {
			for _, s := range l.Scores {
				t.metrics = append(t.metrics, s.Metric)
			}
		}
		if len(l.Scores) == 0 || len(l.Scores) != len(t.metrics) {
			continue
		}
		if _, known := t.majority[l.Code]; !known && len(l.Majority) == len(t.metrics) {
			t.examples[l.Code] = l.Examples
			for _, s := range l.Majority {
				t.majority[l.Code] = append(t.majority[l.Code], s.Value)
			}
		}
		r := c.results[l.Code]
		if r == nil {
			r = &result{values: make([][]float64, len(t.metrics))}
			c.results[l.Code] = r
		}
		r.runs, r.seeds = append(r.runs, o.Name()), append(r.seeds, o.Seed)
		r.counts, r.digests = append(r.counts, l.ByExample), append(r.digests, l.Digest)
		for i := range t.metrics {
			r.values[i] = append(r.values[i], l.Scores[i].Value)
		}
	}
}

// label is the column among those of all tasks, such as "udpos, prefix, last".
func (c *column) label() string { return c.task.name + ", " + c.name }

// names are the names of the cells, done or not.
func (c *column) names() (names []string) {
	for _, cell := range c.cells {
		names = append(names, cell.Name())
	}
	return names
}

// doneNames are the names of the cells that are done.
func (c *column) doneNames() (names []string) {
	for _, o := range c.outcomes {
		names = append(names, o.Name())
	}
	return names
}

// lacking is the entry of a column without results: failed or missing.
func (c *column) lacking() Entry {
	status := missing
	if c.failed > 0 {
		status = failed
	}
	return Entry{Text: status, Status: status}.of(c.names()...)
}

// lackingLanguages is the entry of a column without a mean over languages.
func (c *column) lackingLanguages() Entry {
	e := c.lacking()
	if len(c.outcomes) > 0 {
		e.Text, e.Status = "languages missing", incomplete
	}
	return e
}

// find is the task's column of a method and pool, or nil.
func (t *task) find(method, pool string) *column {
	for _, c := range t.columns {
		if c.method == method && c.pool == pool {
			return c
		}
	}
	return nil
}

// shares are the trained parameters' shares of all parameters, with and without the head.
func shares(c training.Counts) (with, without float64) {
	if c.Backbone+c.Adapted+c.Head == 0 {
		return 0, 0
	}
	with = c.Share()
	c.Head = 0
	if c.Adapted > 0 {
		without = c.Share()
	}
	return with, without
}

// code is the language's code across data sets.
func code(language string) string {
	if code, ok := datasets.Language(language); ok {
		return code
	}
	return language
}

// largestLog limits the bytes of a run's metrics, about two million steps.
const largestLog = 256 << 20

// readLog reads the steps and evaluations that the run in a folder logged; none without a log. It skips lines cut by a crash.
func readLog(run string) (steps []training.Step, evaluations []training.Evaluation) {
	b, err := regular.ReadFile(filepath.Join(run, "metrics.jsonl"), largestLog)
	if err != nil {
		return nil, nil
	}
	for line := range strings.Lines(string(b)) {
		var kind struct {
			Loss *float64 `json:"loss"`
			Dev  *float64 `json:"dev"`
		}
		if json.Unmarshal([]byte(line), &kind) != nil {
			continue
		}
		var step training.Step
		var evaluation training.Evaluation
		switch {
		case kind.Loss != nil && json.Unmarshal([]byte(line), &step) == nil:
			steps = append(steps, step)
		case kind.Dev != nil && json.Unmarshal([]byte(line), &evaluation) == nil:
			evaluations = append(evaluations, evaluation)
		}
	}
	return steps, evaluations
}
