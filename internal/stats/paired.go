package stats

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"xpt/metrics"
)

// exactDifferences is up to how many differing examples all exchanges are tried: 2^16 of them.
const exactDifferences = 16

// PairedTest is the two-sided p-value that two methods' scores on the same examples differ by
// chance (approximate randomisation, Noreen 1989): the two results of an example are exchanged or
// not by a fair coin, and p is the share of such exchanges whose difference of scores is at least
// as large as the one seen. With few differing examples all exchanges are counted; otherwise rounds
// are drawn and the one seen counts as one more: the differing examples, sorted by what their
// exchange adds to a's correct, predicted and gold, get a coin each.
func PairedTest(a, b []metrics.Counts, rounds int, seed uint64, score func(metrics.Counts) float64) (p float64, err error) {
	if len(a) == 0 || len(a) != len(b) {
		return 0, fmt.Errorf("paired test of %d with %d examples", len(a), len(b))
	}
	var sumA, sumB metrics.Counts
	number := map[metrics.Counts]int{} // of examples by what their exchange brings to a
	for i := range a {
		sumA, sumB = sumA.Plus(a[i]), sumB.Plus(b[i])
		if a[i] != b[i] {
			number[b[i].Minus(a[i])]++
		}
	}
	var groups []exchanges
	differing := 0
	for _, change := range slices.SortedFunc(maps.Keys(number), compare) {
		groups = append(groups, exchanges{change, number[change]})
		differing += number[change]
	}
	seen := math.Abs(score(sumA) - score(sumB))
	extreme := func(moved metrics.Counts) bool {
		return asExtreme(score(sumA.Plus(moved))-score(sumB.Minus(moved)), seen)
	}
	if differing <= exactDifferences {
		return exactShare(groups, extreme), nil
	}
	count := 1
	for round := range uint64(rounds) {
		fair := coins{stream: newStream(seed, tossCoins, round)}
		var moved metrics.Counts
		for _, g := range groups {
			moved = moved.Plus(g.change.Times(fair.toss(g.number)))
		}
		if extreme(moved) {
			count++
		}
	}
	return float64(count) / float64(rounds+1), nil
}

// exchanges are examples that bring the same change to the counts of one method, and take it from
// the other's, when their results are exchanged.
type exchanges struct {
	change metrics.Counts
	number int
}

// exactShare is the share of all exchanges that are extreme.
func exactShare(groups []exchanges, extreme func(moved metrics.Counts) bool) float64 {
	var changes []metrics.Counts
	for _, g := range groups {
		for range g.number {
			changes = append(changes, g.change)
		}
	}
	count, all := 0, 1<<len(changes)
	for choice := range all {
		var moved metrics.Counts
		for i, change := range changes {
			if choice>>i&1 == 1 {
				moved = moved.Plus(change)
			}
		}
		if extreme(moved) {
			count++
		}
	}
	return float64(count) / float64(all)
}

// asExtreme allows for rounding: equal differences may come out a few ulps apart.
func asExtreme(difference, seen float64) bool { return math.Abs(difference) >= seen-1e-12 }

func compare(c, d metrics.Counts) int {
	return cmp.Or(cmp.Compare(c.Correct, d.Correct), cmp.Compare(c.Predicted, d.Predicted), cmp.Compare(c.Gold, d.Gold))
}

// Pool adds up the counts that several runs (seeds) of a method have on the same examples.
func Pool(runs ...[]metrics.Counts) ([]metrics.Counts, error) {
	if len(runs) == 0 {
		return nil, errors.New("no runs to add up")
	}
	sum := slices.Clone(runs[0])
	for r, counts := range runs[1:] {
		if len(counts) != len(sum) {
			return nil, fmt.Errorf("run %d has %d examples, the first %d", r+2, len(counts), len(sum))
		}
		for i, c := range counts {
			sum[i] = sum[i].Plus(c)
		}
	}
	return sum, nil
}

// Holm adjusts p-values for their number (Holm 1979); the order is kept.
// An adjusted value below the level is significant with that probability of any false alarm at all.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	adjusted := make([]float64, len(p))
	largest := 0.0
	for rank, i := range order {
		largest = max(largest, min(1, float64(len(p)-rank)*p[i]))
		adjusted[i] = largest
	}
	return adjusted
}
