package transfer

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// exactDifferences is up to how many differing examples all exchanges are tried: 2^16 of them.
const exactDifferences = 16

// PairedTest is the two-sided p-value that two methods' scores on the same examples differ by chance (approximate randomisation,
// Noreen 1989): the two results of an example are exchanged or not by a fair coin, and p is the share of such exchanges whose
// difference of scores is at least as large as the one seen. With few differing examples all exchanges are counted; otherwise
// rounds are drawn and the one seen counts as one more.
func PairedTest(a, b []Counts, rounds int, seed uint64, score func(Counts) float64) (p float64, err error) {
	if err := sameLength(len(a), len(b)); err != nil {
		return 0, err
	}
	var sumA, sumB Counts
	var differing [][2]Counts
	for i := range a {
		sumA, sumB = sumA.plus(a[i]), sumB.plus(b[i])
		if a[i] != b[i] {
			differing = append(differing, [2]Counts{a[i], b[i]})
		}
	}
	seen := math.Abs(score(sumA) - score(sumB))
	if len(differing) <= exactDifferences {
		return exactShare(sumA, sumB, differing, seen, score), nil
	}
	random := rand.New(rand.NewPCG(seed, 1))
	extreme := 1
	for range rounds {
		exchangedA, exchangedB := sumA, sumB
		var bits uint64
		for i, d := range differing {
			if i%64 == 0 {
				bits = random.Uint64()
			}
			if bits>>(i%64)&1 == 1 {
				exchangedA, exchangedB = exchange(exchangedA, exchangedB, d)
			}
		}
		if asExtreme(score(exchangedA)-score(exchangedB), seen) {
			extreme++
		}
	}
	return float64(extreme) / float64(rounds+1), nil
}

func exactShare(sumA, sumB Counts, differing [][2]Counts, seen float64, score func(Counts) float64) float64 {
	extreme := 0
	all := 1 << len(differing)
	for choice := range all {
		exchangedA, exchangedB := sumA, sumB
		for i, d := range differing {
			if choice>>i&1 == 1 {
				exchangedA, exchangedB = exchange(exchangedA, exchangedB, d)
			}
		}
		if asExtreme(score(exchangedA)-score(exchangedB), seen) {
			extreme++
		}
	}
	return float64(extreme) / float64(all)
}

// exchange gives one example's counts to the other method.
func exchange(a, b Counts, d [2]Counts) (Counts, Counts) {
	return a.minus(d[0]).plus(d[1]), b.minus(d[1]).plus(d[0])
}

// asExtreme allows for rounding: equal differences may come out a few ulps apart.
func asExtreme(difference, seen float64) bool { return math.Abs(difference) >= seen-1e-12 }

func (c Counts) minus(d Counts) Counts {
	return Counts{c.Correct - d.Correct, c.Predicted - d.Predicted, c.Gold - d.Gold}
}

// Pool adds up the counts that several runs (seeds) of a method have on the same examples.
func Pool(runs ...[]Counts) ([]Counts, error) {
	if len(runs) == 0 {
		return nil, sameLength(0, 0)
	}
	sum := slices.Clone(runs[0])
	for r, counts := range runs[1:] {
		if len(counts) != len(sum) {
			return nil, fmt.Errorf("run %d has %d examples, the first %d", r+2, len(counts), len(sum))
		}
		for i, c := range counts {
			sum[i] = sum[i].plus(c)
		}
	}
	return sum, nil
}

// Holm adjusts p-values for their number (Holm 1979), here one test a language; the order is kept. An adjusted value below the
// level is significant with that probability of any false alarm at all.
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
