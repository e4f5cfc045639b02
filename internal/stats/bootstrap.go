// Package stats has the statistics of reports: bootstrap intervals, paired tests, rank correlation,
// means and their spread. All of it repeats to the last bit.
package stats

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Resampling says how often is drawn, from what seed, and how much of the draws an interval holds.
type Resampling struct {
	Rounds int
	Level  float64 // such as 0.95
	Seed   uint64
}

func (r Resampling) check() error {
	if r.Rounds < 1 || r.Level <= 0 || r.Level >= 1 {
		return fmt.Errorf("bootstrap of %d rounds at level %v: expected at least 1 round and a level between 0 and 1", r.Rounds, r.Level)
	}
	return nil
}

// interval is the percentile interval of what the rounds gave, which it sorts (Efron & Tibshirani 1993, ch. 13).
func (r Resampling) interval(values []float64) Interval {
	slices.Sort(values)
	return Interval{quantile(values, (1-r.Level)/2), quantile(values, (1+r.Level)/2)}
}

// MeanInterval is the interval of a mean over languages of which only a value each is known: it covers the languages alone.
func (r Resampling) MeanInterval(values []float64) (Interval, error) {
	if err := r.check(); err != nil {
		return Interval{}, err
	}
	n := len(values)
	if n == 0 {
		return Interval{}, errors.New("no languages to resample")
	}
	means := make([]float64, r.Rounds)
	for round := range means {
		languages := newStream(r.Seed, drawLanguages, uint64(round))
		for range n {
			means[round] += values[languages.below(n)] / float64(n)
		}
	}
	return r.interval(means), nil
}

// quantile interpolates linearly between the values around q (n-1), as numpy does by default.
func quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}
