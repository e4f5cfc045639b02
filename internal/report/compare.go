package report

import (
	"fmt"
	"runtime"
	"slices"
	"sync"

	"xpt/heads"
	"xpt/internal/stats"
	"xpt/internal/train"
	"xpt/metrics"
)

// reference is the method that the others are compared with.
var reference = train.Full.Name

// efficientMethods freeze the backbone and change its states by few parameters.
var efficientMethods = []string{train.Prompt.Name, train.Prefix.Name, train.LoRA.Name, train.BitFit.Name}

// comparison is a parameter-efficient method against fine-tuning on one task, or the last sub-token of words against the first.
type comparison struct {
	source       string // language trained on
	column, full *column
	languages    []*paired // in the task's order, the source language first
	over         *covered  // of the mean difference; nil if unknown
}

// paired are two methods in one language, over the seeds that both have.
type paired struct {
	language string
	number   int      // in the task's languages
	a, b     float64  // mean over seeds of the method's score and of fine-tuning's
	seeds    []uint64 // in common
	runs     []string // of both
	status   string   // failed or missing if no seed is in common
	tested   bool     // both have predictions for the same examples
	interval *covered // of the difference
	p, holm  float64
}

// The verdicts of a comparison in a language.
const (
	better    = "better"
	worse     = "worse"
	same      = "no significant difference"
	notTested = "not tested: other examples"
)

func (p *paired) difference() float64 { return p.a - p.b }

func (p *paired) verdict() string {
	switch {
	case p.status != "":
		return p.status
	case !p.tested:
		return notTested
	case p.holm >= significance || p.difference() == 0:
		return same
	case p.difference() > 0:
		return better
	}
	return worse
}

// compare computes all comparisons of the study, and all intervals.
func (m *matrix) compare() error {
	var work []func() error
	for _, t := range m.tasks {
		r, err := newResampler(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		for _, c := range slices.Concat(t.columns, t.few) {
			r.addColumn(c, m.study.Language)
		}
		for _, c := range t.columns {
			if first := t.find(c.method, string(heads.First)); first != nil && c.pool == string(heads.Last) {
				m.subTokens = append(m.subTokens, m.comparison(r, c, first))
			}
			if full := t.find(reference, c.pool); full != nil && slices.Contains(efficientMethods, c.method) {
				compared := m.comparison(r, c, full)
				m.comparisons = append(m.comparisons, compared)
				work = append(work, compared.tests()...)
			}
		}
		if err := r.compute(); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	if err := parallel(work); err != nil {
		return err
	}
	for _, c := range m.comparisons {
		c.adjust()
	}
	return nil
}

func (m *matrix) comparison(r *resampler, column, full *column) *comparison {
	c := &comparison{source: m.study.Language, column: column, full: full}
	for number, language := range column.task.languages {
		c.languages = append(c.languages, c.pair(number, language))
	}
	r.addComparison(c)
	return c
}

// zeroShot are the languages with results that were not trained on, or without any of them the trained one alone.
func (c *comparison) zeroShot() (languages []*paired, alone bool) {
	var trained []*paired
	for _, l := range c.languages {
		switch {
		case l.status != "":
		case stats.OfSource(l.language, c.source):
			trained = append(trained, l)
		default:
			languages = append(languages, l)
		}
	}
	if languages == nil {
		return trained, true
	}
	return languages, false
}

// tests are the paired tests of the languages.
func (c *comparison) tests() (work []func() error) {
	for _, l := range c.languages {
		if !l.tested {
			continue
		}
		work = append(work, func() (err error) {
			a, err := c.column.results[l.language].pool(l.seeds)
			if err != nil {
				return err
			}
			b, err := c.full.results[l.language].pool(l.seeds)
			if err != nil {
				return err
			}
			l.p, err = stats.PairedTest(a, b, permutationRounds(len(c.languages)), seed, metrics.Counts.F1)
			return err
		})
	}
	return work
}

// adjust adjusts the p-values over the languages.
func (c *comparison) adjust() {
	var tested []*paired
	var p []float64
	for _, l := range c.languages {
		if l.tested {
			tested, p = append(tested, l), append(p, l.p)
		}
	}
	for i, adjusted := range stats.Holm(p) {
		tested[i].holm = adjusted
	}
}

// parallel runs all work on GOMAXPROCS threads, and returns the first error in the order of the work.
func parallel(work []func() error) error {
	errs := make([]error, len(work))
	running := make(chan struct{}, runtime.GOMAXPROCS(0))
	var wait sync.WaitGroup
	for i, do := range work {
		running <- struct{}{}
		wait.Go(func() {
			errs[i] = do()
			<-running
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// pair compares the two columns in a language.
func (c *comparison) pair(number int, language string) *paired {
	p := &paired{language: language, number: number}
	a, b := c.column.results[language], c.full.results[language]
	if a != nil && b != nil {
		for _, seed := range a.seeds {
			if slices.Contains(b.seeds, seed) {
				p.seeds = append(p.seeds, seed)
			}
		}
	}
	if p.seeds == nil {
		p.status = missing
		if c.column.failed+c.full.failed > 0 {
			p.status = failed
		}
		p.runs = slices.Concat(c.column.names(), c.full.names())
		return p
	}
	p.a, p.b = a.mean(p.seeds), b.mean(p.seeds)
	p.runs = slices.Concat(p.of(c.column), p.of(c.full))
	return p
}

// of are a column's runs with the seeds in common.
func (p *paired) of(c *column) (runs []string) {
	r := c.results[p.language]
	for _, seed := range p.seeds {
		runs = append(runs, r.runs[slices.Index(r.seeds, seed)])
	}
	return runs
}

// mean of the main metric over the runs of some seeds.
func (r *result) mean(seeds []uint64) float64 {
	var values []float64
	for _, seed := range seeds {
		values = append(values, r.values[0][slices.Index(r.seeds, seed)])
	}
	return stats.NewSpread(values).Mean
}

// pool adds up the counts of the runs of some seeds, by example.
func (r *result) pool(seeds []uint64) ([]metrics.Counts, error) {
	var counts [][]metrics.Counts
	for _, seed := range seeds {
		counts = append(counts, r.counts[slices.Index(r.seeds, seed)])
	}
	return stats.Pool(counts...)
}
