package report

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"xpt/internal/stats"
	"xpt/internal/train"
	"xpt/metrics"
)

// reference is the method that prompts are compared with.
var reference = train.Full.Name

// promptMethods freeze the backbone and train a prompt.
var promptMethods = []string{train.Prompt.Name, train.Prefix.Name}

// comparison is a prompt method against fine-tuning on one task.
type comparison struct {
	source       string // language trained on
	column, full *column
	languages    []*paired // of both, the source language first
}

// paired are two methods in one language, over the seeds that both have.
type paired struct {
	language string
	a, b     float64  // mean over seeds of the prompt method's score and of fine-tuning's
	seeds    int      // in common
	runs     []string // of both
	status   string   // failed or missing if no seed is in common
	tested   bool     // both have predictions for the same examples
	interval stats.Interval
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

// compare computes all comparisons of the study, and the intervals of its scores.
func (m *matrix) compare() ([]*comparison, error) {
	var all []*comparison
	var work []func() error
	for _, t := range m.tasks {
		var ofTask []*comparison
		for _, c := range t.columns {
			if full := t.find(reference, c.pool); full != nil && slices.Contains(promptMethods, c.method) {
				ofTask = append(ofTask, &comparison{source: m.study.Language, column: c, full: full})
			}
		}
		for _, language := range t.languages {
			var pairs []*pairing
			for _, c := range ofTask {
				p := pair(c, language)
				c.languages = append(c.languages, p.paired)
				pairs = append(pairs, p)
			}
			work = append(work, func() error {
				if err := t.resample(language, pairs); err != nil {
					return fmt.Errorf("%s, language %s: %w", t.name, language, err)
				}
				return nil
			})
		}
		all = append(all, ofTask...)
	}
	if err := parallel(work); err != nil {
		return nil, err
	}
	for _, c := range all {
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
	return all, nil
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

// pairing is a paired with the counts for its test.
type pairing struct {
	*paired
	a, b pool
}

func pair(c *comparison, language string) *pairing {
	p := &pairing{paired: &paired{language: language}}
	a, b := c.column.results[language], c.full.results[language]
	var inA, inB []int
	if a != nil && b != nil {
		for i, seed := range a.seeds {
			if j := slices.Index(b.seeds, seed); j >= 0 {
				inA, inB = append(inA, i), append(inB, j)
			}
		}
	}
	if p.seeds = len(inA); p.seeds == 0 {
		p.status = missing
		if c.column.failed+c.full.failed > 0 {
			p.status = failed
		}
		p.runs = slices.Concat(c.column.names(), c.full.names())
		return p
	}
	p.paired.a, p.paired.b = a.mean(inA), b.mean(inB)
	p.a, p.b = a.pool(inA), b.pool(inB)
	p.runs = slices.Concat(p.a.runs, p.b.runs)
	return p
}

// mean of the main metric over some of the runs.
func (r *result) mean(runs []int) float64 {
	var values []float64
	for _, i := range runs {
		values = append(values, r.values[0][i])
	}
	return stats.NewSpread(values).Mean
}

// pool holds the counts of several runs on the same examples, added up.
type pool struct {
	runs   []string
	digest string // of the examples; empty if the runs have different ones, or none
	counts []metrics.Counts
}

func (r *result) pool(runs []int) pool {
	var p pool
	var counts [][]metrics.Counts
	same := true
	for _, i := range runs {
		p.runs = append(p.runs, r.runs[i])
		counts = append(counts, r.counts[i])
		same = same && r.digests[i] == r.digests[runs[0]]
	}
	pooled, err := stats.Pool(counts...)
	if err == nil && same && len(pooled) > 0 {
		p.counts = pooled
		p.digest = fmt.Sprintf("%s of %d", r.digests[runs[0]], len(pooled))
	}
	return p
}

// resample computes the intervals of the task's results in a language, and the intervals and p-values of pairs. Results
// on the same examples share their bootstrap samples.
func (t *task) resample(language string, pairs []*pairing) error {
	byDigest := map[string]*samples{}
	var digests []string
	in := func(p pool) *samples {
		if byDigest[p.digest] == nil {
			byDigest[p.digest] = &samples{index: map[string]int{}}
			digests = append(digests, p.digest)
		}
		return byDigest[p.digest]
	}
	for _, c := range t.columns {
		r := c.results[language]
		if r == nil {
			continue
		}
		all := make([]int, len(r.runs))
		for i := range all {
			all[i] = i
		}
		if p := r.pool(all); p.digest != "" {
			s := in(p)
			s.shown = append(s.shown, shown{s.add(p), r})
		}
	}
	for _, p := range pairs {
		if p.status != "" || p.a.digest == "" || p.a.digest != p.b.digest {
			continue
		}
		s := in(p.a)
		s.pairs = append(s.pairs, testedPair{s.add(p.a), s.add(p.b), p.paired})
	}
	for _, digest := range digests {
		if err := byDigest[digest].compute(permutationRounds(len(t.languages))); err != nil {
			return err
		}
	}
	return nil
}

// samples holds pools over the same examples.
type samples struct {
	index map[string]int // of a pool among the counts, by its runs
	pools [][]metrics.Counts
	shown []shown
	pairs []testedPair
}

type shown struct {
	pool int
	*result
}

type testedPair struct {
	a, b int // pools
	*paired
}

func (s *samples) add(p pool) int {
	key := strings.Join(p.runs, "\n")
	at, ok := s.index[key]
	if !ok {
		at = len(s.pools)
		s.index[key] = at
		s.pools = append(s.pools, p.counts)
	}
	return at
}

func (s *samples) compute(permutations int) error {
	k, n := len(s.pools), len(s.pools[0])
	flat := make([]metrics.Counts, 0, k*n) // [example][pool]: the order of summation
	for i := range n {
		for _, p := range s.pools {
			flat = append(flat, p[i])
		}
	}
	sums := make([]metrics.Counts, k)
	intervals, err := stats.BootstrapAll(n, k+len(s.pairs), bootstrapRounds, level, seed, func(sample []int, values []float64) {
		clear(sums)
		for _, i := range sample {
			for p, c := range flat[i*k : (i+1)*k] {
				sums[p].Correct += c.Correct
				sums[p].Predicted += c.Predicted
				sums[p].Gold += c.Gold
			}
		}
		for p := range sums {
			values[p] = sums[p].F1()
		}
		for i, pair := range s.pairs {
			values[k+i] = values[pair.a] - values[pair.b]
		}
	})
	if err != nil {
		return err
	}
	for _, r := range s.shown {
		r.interval = &intervals[r.pool]
	}
	for i, pair := range s.pairs {
		pair.interval = intervals[k+i]
		if pair.p, err = stats.PairedTest(s.pools[pair.a], s.pools[pair.b], permutations, seed, metrics.Counts.F1); err != nil {
			return err
		}
		pair.tested = true
	}
	return nil
}

// overLanguages is the mean of values, one for each language, with the bootstrap interval over languages, nil for fewer
// than two.
func overLanguages(values []float64) (mean float64, over *stats.Interval) {
	mean = stats.NewSpread(values).Mean
	if len(values) < 2 {
		return mean, nil
	}
	i, err := stats.Bootstrap(len(values), bootstrapRounds, level, seed, func(sample []int) float64 {
		var sum float64
		for _, at := range sample {
			sum += values[at]
		}
		return sum / float64(len(values))
	})
	if err != nil { // not for constant rounds and level
		return mean, nil
	}
	return mean, &i
}
