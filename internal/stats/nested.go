package stats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"xpt/metrics"
)

// Sample is what several runs counted on the same examples of one language. Examples of the same counts in every run are kept
// together: there are few kinds of examples, and sums over them are exact.
type Sample struct {
	runs  int
	kinds []uint32 // [examples]: its kind
	rows  []uint64 // [kinds][runs]: correct, and above it predicted + gold times 2^32, which add up together
}

// NewSample takes the counts of each run, one an example. Resampled counts have to add up to less than 2^32.
func NewSample(runs ...[]metrics.Counts) (*Sample, error) {
	if len(runs) == 0 || len(runs[0]) == 0 {
		return nil, errors.New("no examples to resample")
	}
	n := len(runs[0])
	for r, counts := range runs {
		if len(counts) != n {
			return nil, fmt.Errorf("run %d has %d examples, the first %d", r+1, len(counts), n)
		}
		for i, c := range counts {
			if c.Correct < 0 || c.Predicted < c.Correct || c.Gold < c.Correct {
				return nil, fmt.Errorf("run %d, example %d: %d of %d predicted and %d gold are counted correct",
					r+1, i+1, c.Correct, c.Predicted, c.Gold)
			}
			if most := (1<<32 - 1) / n; c.Predicted > most || c.Gold > most-c.Predicted {
				return nil, fmt.Errorf("run %d, example %d: %d predicted and %d gold are too many to add up over %d examples",
					r+1, i+1, c.Predicted, c.Gold, n)
			}
		}
	}
	s := &Sample{runs: len(runs), kinds: make([]uint32, n)}
	known := map[string]uint32{}
	row := make([]byte, 0, 8*len(runs))
	for i := range n {
		row = row[:0]
		for _, counts := range runs {
			c := counts[i]
			row = binary.NativeEndian.AppendUint64(row, uint64(c.Correct)|uint64(c.Predicted+c.Gold)<<32)
		}
		kind, ok := known[string(row)]
		if !ok {
			kind = uint32(len(known))
			known[string(row)] = kind
			for at := 0; at < len(row); at += 8 {
				s.rows = append(s.rows, binary.NativeEndian.Uint64(row[at:]))
			}
		}
		s.kinds[i] = kind
	}
	return s, nil
}

func (s *Sample) examples() int { return len(s.kinds) }

// total adds up what each run counted on some examples. times has room for a number for each of them.
func (s *Sample) total(examples []uint32, times []uint32, total []uint64) {
	times = times[:len(s.rows)/s.runs]
	clear(times)
	for _, i := range examples {
		times[s.kinds[i]]++
	}
	clear(total)
	for kind, n := range times {
		if n == 0 {
			continue
		}
		row := s.rows[kind*s.runs:][:len(total)]
		for r, c := range row {
			total[r] += uint64(n) * c
		}
	}
}

// f1 is metrics.Counts.F1 of a packed total.
func f1(total uint64) float64 {
	if total>>32 == 0 {
		return 0
	}
	return 2 * float64(total&(1<<32-1)) / float64(total>>32)
}

// Nested is the hierarchical bootstrap of a task's scores (Davison & Hinkley 1997, 3.8). In each round
//
//   - the languages of a mean are drawn with replacement,
//   - the seeds of the trainings are drawn with replacement, once for all languages and methods: runs are crossed with languages,
//   - and in each drawn language its examples are drawn with replacement, anew if the language is drawn again.
//
// Methods are compared on the same draws, so that what is common to them, such as how hard the drawn examples are, cancels.
//
// With k seeds or languages, what is drawn of them spreads by sqrt((k-1)/k) less than new ones would: intervals over two or three
// are too narrow, and with one there is nothing of it in the interval.
type Nested struct {
	Resampling

	Samples []*Sample // by language; nil: no run was evaluated there

	// Parallel says that the languages' examples are translations of one another, in one order. Their scores rise and fall together,
	// and one draw of examples a round is for all of them, if they have equally many.
	Parallel bool
}

// Scores are a method's: for each language the runs of its sample, one a seed, in the same order everywhere; nil where it has
// none.
type Scores [][]int

// Estimate is a sum of scores, each the mean over seeds of a run's F1 (which is the accuracy where each example counts one):
//
//	FixedWeight x mean score over the languages Fixed + DrawnWeight x mean score over the languages Drawn
//
// With Minus it is the same of the difference of two methods, which have equally many seeds.
type Estimate struct {
	Of, Minus Scores

	Fixed       []int // numbers of languages that are always there
	FixedWeight float64
	Drawn       []int // numbers of languages that are drawn
	DrawnWeight float64
}

// InLanguage is the score in one language.
func InLanguage(of, minus Scores, language int) Estimate {
	return Estimate{Of: of, Minus: minus, Fixed: []int{language}, FixedWeight: 1}
}

// OverLanguages is the mean score over languages.
func OverLanguages(of, minus Scores, languages []int) Estimate {
	return Estimate{Of: of, Minus: minus, Drawn: languages, DrawnWeight: 1}
}

// OverAll is the mean score over the trained language, or its treebanks, which are always there, and others.
func OverAll(of Scores, trained, others []int) Estimate {
	fixed, drawn := float64(len(trained)), float64(len(others))
	return Estimate{Of: of, Fixed: trained, FixedWeight: fixed / (fixed + drawn), Drawn: others, DrawnWeight: drawn / (fixed + drawn)}
}

// Gap is the score in the trained language less the mean over others.
func Gap(of Scores, trained, others []int) Estimate {
	return Estimate{Of: of, Fixed: trained, FixedWeight: 1, Drawn: others, DrawnWeight: -1}
}

// Intervals are the estimates' percentile intervals, all over the same draws.
func (n *Nested) Intervals(estimates []Estimate) ([]Interval, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	for i, e := range estimates {
		if err := n.checkEstimate(e); err != nil {
			return nil, fmt.Errorf("estimate %d: %w", i+1, err)
		}
	}
	values := make([][]float64, len(estimates)) // [estimate][round]
	for i := range values {
		values[i] = make([]float64, n.Rounds)
	}
	shared := n.shared()
	var next atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			languages := len(n.Samples)
			d := draws{Nested: n, shared: shared, totals: make([][][]uint64, languages), known: make([]int, languages), drawn: make([]int, languages)}
			for round := next.Add(1) - 1; round < int64(n.Rounds); round = next.Add(1) - 1 {
				d.begin(uint64(round))
				for i, e := range estimates {
					values[i][round] = d.value(e)
				}
			}
		})
	}
	wait.Wait()
	intervals := make([]Interval, len(estimates))
	for i := range values {
		intervals[i] = n.interval(values[i])
	}
	return intervals, nil
}

// checkEstimate refuses languages and runs that are not there.
func (n *Nested) checkEstimate(e Estimate) error {
	languages := slices.Concat(e.Fixed, e.Drawn)
	if len(languages) == 0 {
		return errors.New("it is of no language")
	}
	if err := n.checkScores(e.Of, languages); err != nil || e.Minus == nil {
		return err
	}
	if err := n.checkScores(e.Minus, languages); err != nil {
		return err
	}
	if a, b := len(e.Of[languages[0]]), len(e.Minus[languages[0]]); a != b {
		return fmt.Errorf("%d seeds less %d", a, b)
	}
	return nil
}

func (n *Nested) checkScores(scores Scores, languages []int) error {
	for _, l := range languages {
		if l < 0 || l >= len(n.Samples) || l >= len(scores) || n.Samples[l] == nil || len(scores[l]) == 0 {
			return fmt.Errorf("language %d has no results", l)
		}
		if first := languages[0]; len(scores[l]) != len(scores[first]) {
			return fmt.Errorf("%d seeds in language %d, %d in language %d", len(scores[l]), l, len(scores[first]), first)
		}
		for _, run := range scores[l] {
			if run < 0 || run >= n.Samples[l].runs {
				return fmt.Errorf("language %d has no run %d", l, run)
			}
		}
	}
	return nil
}

// shared is how many examples all languages have, if one draw is for all of them; else 0.
func (n *Nested) shared() (examples int) {
	if !n.Parallel {
		return 0
	}
	for _, s := range n.Samples {
		if s == nil {
			continue
		}
		if examples > 0 && s.examples() != examples {
			return 0
		}
		examples = s.examples()
	}
	return examples
}

// draws are those of one round, made as they are asked for.
type draws struct {
	*Nested
	shared   int
	round    uint64
	examples []uint32     // of the last draw
	totals   [][][]uint64 // [language][times it was drawn before][run]
	known    []int        // how many of a language's totals are of this round
	drawn    []int        // how often each language was drawn for an estimate
	times    []uint32     // how often each kind of examples was drawn
}

func (d *draws) begin(round uint64) {
	d.round = round
	clear(d.known)
	if d.shared > 0 {
		d.draw(d.shared, 0, 0)
	}
}

// draw takes as many examples as there are.
func (d *draws) draw(examples int, language, before uint64) {
	if cap(d.examples) < examples {
		d.examples, d.times = make([]uint32, examples), make([]uint32, examples)
	}
	d.examples = d.examples[:examples]
	newStream(d.Seed, drawExamples, d.round, language, before).draw(d.examples, examples)
}

// total is what the runs count on the examples drawn of a language that was drawn before so often in this round.
func (d *draws) total(language, before int) []uint64 {
	if d.shared > 0 {
		before = 0
	}
	s := d.Samples[language]
	for d.known[language] <= before {
		at := d.known[language]
		if at == len(d.totals[language]) {
			d.totals[language] = append(d.totals[language], make([]uint64, s.runs))
		}
		if d.shared == 0 {
			d.draw(s.examples(), uint64(language)+1, uint64(at))
		}
		s.total(d.examples, d.times, d.totals[language][at])
		d.known[language]++
	}
	return d.totals[language][before]
}

// value is an estimate on this round's draws.
func (d *draws) value(e Estimate) (v float64) {
	for _, l := range e.Fixed {
		v += e.FixedWeight * d.score(e, l, 0) / float64(len(e.Fixed))
	}
	if len(e.Drawn) == 0 {
		return v
	}
	clear(d.drawn)
	var sum float64
	languages := newStream(d.Seed, drawLanguages, d.round)
	for range e.Drawn {
		l := e.Drawn[languages.below(len(e.Drawn))]
		sum += d.score(e, l, d.drawn[l])
		d.drawn[l]++
	}
	return v + e.DrawnWeight*sum/float64(len(e.Drawn))
}

// score is the mean over the drawn seeds in one language.
func (d *draws) score(e Estimate, language, before int) float64 {
	total := d.total(language, before)
	runs := e.Of[language]
	seeds := newStream(d.Seed, drawSeeds, d.round)
	var sum float64
	for range runs {
		at := seeds.below(len(runs))
		sum += f1(total[runs[at]])
		if e.Minus != nil {
			sum -= f1(total[e.Minus[language][at]])
		}
	}
	return sum / float64(len(runs))
}
