// Package stats has the statistics of reports: bootstrap intervals, paired tests, rank correlation,
// means and their spread. All of it repeats to the last bit.
package stats

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Interval is a confidence interval.
type Interval struct {
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

// Bootstrap is the percentile interval of a statistic over resampled examples (Efron & Tibshirani
// 1993, ch. 13): rounds times, n of n examples are drawn with replacement and the statistic is
// taken of their indices, which it must not keep. The same seed gives the same interval.
func Bootstrap(n, rounds int, level float64, seed uint64, statistic func(sample []int) float64) (Interval, error) {
	intervals, err := BootstrapAll(n, 1, rounds, level, seed, func(sample []int, values []float64) { values[0] = statistic(sample) })
	if err != nil {
		return Interval{}, err
	}
	return intervals[0], nil
}

// BootstrapAll is Bootstrap of k statistics on the same samples: of the scores of several methods
// and of their differences, so that what is common to the methods, how hard the drawn examples are,
// cancels.
func BootstrapAll(n, k, rounds int, level float64, seed uint64, statistics func(sample []int, values []float64)) ([]Interval, error) {
	if n == 0 {
		return nil, errors.New("no examples to resample")
	}
	if rounds < 1 || level <= 0 || level >= 1 {
		return nil, fmt.Errorf("bootstrap of %d rounds at level %v: expected at least 1 round and a level between 0 and 1", rounds, level)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	byStatistic := make([][]float64, k)
	for s := range byStatistic {
		byStatistic[s] = make([]float64, rounds)
	}
	sample, values := make([]int, n), make([]float64, k)
	for r := range rounds {
		for i := range sample {
			sample[i] = random.IntN(n)
		}
		statistics(sample, values)
		for s, v := range values {
			byStatistic[s][r] = v
		}
	}
	intervals := make([]Interval, k)
	for s, values := range byStatistic {
		slices.Sort(values)
		intervals[s] = Interval{quantile(values, (1-level)/2), quantile(values, (1+level)/2)}
	}
	return intervals, nil
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
