package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/stats"
	"xpt/internal/study"
	"xpt/metrics"
)

// covered is an interval, with what was drawn for it.
type covered struct {
	stats.Interval
	covers string // such as "examples, seeds and languages"
}

// resampler collects the estimates of a task, and computes their intervals on the same draws.
type resampler struct {
	stats.Nested
	task      *task
	runs      []map[string]int // by language: the number of a run in the language's sample, by the cell's name
	estimates []stats.Estimate
	intervals []*covered
}

// newResampler takes the runs of a task's languages. Runs on other examples than the first one's are left out.
func newResampler(t *task) (*resampler, error) {
	r := &resampler{task: t, Nested: stats.Nested{Resampling: resampling}}
	if known, err := datasets.Lookup(t.name); err == nil {
		r.Parallel = known.Parallel
	}
	for _, language := range t.languages {
		runs, first := map[string]int{}, ""
		var counts [][]metrics.Counts
		for _, c := range slices.Concat(t.columns, t.few) {
			result := c.results[language]
			if result == nil {
				continue
			}
			for i, run := range result.runs {
				examples := result.examples(i)
				if counts == nil {
					first = examples
				}
				if examples == first {
					runs[run] = len(counts)
					counts = append(counts, result.counts[i])
				}
			}
		}
		sample, err := stats.NewSample(counts...)
		if err != nil {
			return nil, fmt.Errorf("language %s: %w", language, err)
		}
		r.Samples, r.runs = append(r.Samples, sample), append(r.runs, runs)
	}
	return r, nil
}

// examples identifies those of a run.
func (r *result) examples(run int) string {
	return fmt.Sprintf("%s of %d", r.digests[run], len(r.counts[run]))
}

// numbers are those of runs in a language's sample; nil if one of them is not there.
func (r *resampler) numbers(language int, runs []string) (numbers []int) {
	for _, run := range runs {
		number, ok := r.runs[language][run]
		if !ok {
			return nil
		}
		numbers = append(numbers, number)
	}
	return numbers
}

// add returns the interval of an estimate, which compute fills in.
func (r *resampler) add(e stats.Estimate, covers string) *covered {
	c := &covered{covers: covers}
	r.estimates, r.intervals = append(r.estimates, e), append(r.intervals, c)
	return c
}

// addColumn asks for the intervals of a column's results and of their means.
func (r *resampler) addColumn(c *column, source string) {
	for number, language := range r.task.languages {
		result := c.results[language]
		if result == nil {
			continue
		}
		scores := make(stats.Scores, len(r.task.languages))
		if scores[number] = r.numbers(number, result.runs); scores[number] != nil {
			result.interval = r.add(stats.InLanguage(scores, nil, number), covers(c.method, len(result.runs), 0))
		}
	}
	runs, _ := c.means(0, source)
	if len(runs) == 0 || len(r.task.languages) == 0 {
		return
	}
	var scores stats.Scores
	var trained, others []int
	for number, language := range r.task.languages {
		of := r.numbers(number, runs)
		if of == nil {
			return
		}
		scores = append(scores, of)
		if stats.OfSource(language, source) {
			trained = append(trained, number)
		} else {
			others = append(others, number)
		}
	}
	text := covers(c.method, len(runs), len(others))
	switch {
	case trained == nil:
		c.over.others = r.add(stats.OverLanguages(scores, nil, others), text)
		c.over.all = c.over.others
	case others == nil:
		c.over.all = r.add(stats.OverAll(scores, trained, nil), text)
	default:
		c.over.others = r.add(stats.OverLanguages(scores, nil, others), text)
		c.over.all = r.add(stats.OverAll(scores, trained, others), text)
		c.over.gap = r.add(stats.Gap(scores, trained, others), text)
	}
}

// addComparison asks for the intervals of a comparison's differences and of their mean. Languages in which both have the same
// examples are marked as tested.
func (r *resampler) addComparison(c *comparison) {
	a, b := make(stats.Scores, len(c.languages)), make(stats.Scores, len(c.languages))
	for number, l := range c.languages {
		if l.status != "" {
			continue
		}
		a[number], b[number] = r.numbers(number, l.of(c.column)), r.numbers(number, l.of(c.full))
		if a[number] != nil && b[number] != nil {
			l.tested = true
			l.interval = r.add(stats.InLanguage(a, b, number), covers(c.column.method, len(l.seeds), 0))
		}
	}
	languages, alone := c.zeroShot()
	var numbers []int
	for _, l := range languages {
		if !l.tested || !slices.Equal(l.seeds, languages[0].seeds) {
			return
		}
		numbers = append(numbers, l.number)
	}
	switch {
	case numbers == nil:
	case alone:
		trained := stats.Estimate{Of: a, Minus: b, Fixed: numbers, FixedWeight: 1}
		c.over = r.add(trained, covers(c.column.method, len(languages[0].seeds), 0))
	default:
		c.over = r.add(stats.OverLanguages(a, b, numbers), covers(c.column.method, len(languages[0].seeds), len(numbers)))
	}
}

func (r *resampler) compute() error {
	if len(r.estimates) == 0 {
		return nil
	}
	intervals, err := r.Intervals(r.estimates)
	if err != nil {
		return err
	}
	for i, c := range r.intervals {
		c.Interval = intervals[i]
	}
	return nil
}

// covers says what an interval is drawn over. languages is how many a mean is over, 0 in one language.
func covers(method string, seeds, languages int) string {
	drawn := []string{"examples"}
	var lacks []string
	switch {
	case method == study.Likelihood: // nothing is trained
	case seeds > 1:
		drawn = append(drawn, "seeds")
	default:
		lacks = append(lacks, "one seed")
	}
	switch {
	case languages > 1:
		drawn = append(drawn, "languages")
	case languages == 1:
		lacks = append(lacks, "one language")
	}
	text := drawn[0] + " only"
	if last := len(drawn) - 1; last > 0 {
		text = strings.Join(drawn[:last], ", ") + " and " + drawn[last]
	}
	if lacks != nil {
		text += ": " + strings.Join(lacks, ", ")
	}
	return text
}

// text is the interval, times scale, with what it covers.
func (c *covered) text(scale float64, decimals int) string {
	return interval(scale*c.Low, scale*c.High, decimals) + " (" + c.covers + ")"
}

// brackets says what the intervals in rows are; empty without any.
func (t *Table) brackets(rows [][]Entry) string {
	var c coverage
	for at, column := range t.Columns {
		for _, row := range rows {
			c.add(column.Name, row[at].Covers)
		}
	}
	return c.text()
}

// coverage collects what intervals cover.
type coverage struct {
	covers  []string
	columns map[string][]string // by what is covered
}

// add takes what an interval of a column covers; empty: it has none.
func (c *coverage) add(column, covers string) {
	if covers == "" {
		return
	}
	if c.columns == nil {
		c.columns = map[string][]string{}
	}
	if !slices.Contains(c.covers, covers) {
		c.covers = append(c.covers, covers)
	}
	if !slices.Contains(c.columns[covers], column) {
		c.columns[covers] = append(c.columns[covers], column)
	}
}

// text says what the intervals in brackets are; empty without any.
func (c *coverage) text() string {
	if intervals := c.intervals(); intervals != "" {
		return ", in brackets " + intervals
	}
	return ""
}

// intervals says what the intervals cover, and where they differ, of which columns.
func (c *coverage) intervals() string {
	var parts []string
	for _, covers := range c.covers {
		if len(c.covers) > 1 {
			covers += " (" + strings.Join(c.columns[covers], ", ") + ")"
		}
		parts = append(parts, covers)
	}
	if parts == nil {
		return ""
	}
	return fmt.Sprintf("the %.0f %% bootstrap interval over %s (%d rounds, seed %d)",
		100*level, strings.Join(parts, "; "), bootstrapRounds, seed)
}
