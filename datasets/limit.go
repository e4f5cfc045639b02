package datasets

import (
	"fmt"
	"slices"
	"strconv"

	"xpt/internal/random"
)

// Limit is how many examples are used, drawn by a seed; 0 uses all.
type Limit struct {
	N    int
	Seed uint64
}

// Draw returns N random examples in the order in which they stand. With more than N, a larger N draws
// the same ones and more; parallel files of one length give translations of one another.
func (l Limit) Draw(examples []Example) []Example {
	if l.N == 0 || l.N >= len(examples) {
		return examples
	}
	chosen := random.Seed(l.Seed).Stream("examples", 0).Perm(len(examples))[:l.N]
	slices.Sort(chosen)
	drawn := make([]Example, l.N)
	for i, k := range chosen {
		drawn[i] = examples[k]
	}
	return drawn
}

// Sample counts examples that are used, of those that the files have.
type Sample struct {
	Examples int `json:"examples"`
	Of       int `json:"of"`
}

// String is "200 of 2,490 examples", or "2,490 examples" of all.
func (s Sample) String() string {
	if s.Examples == s.Of {
		return Grouped(s.Of) + " examples"
	}
	return Grouped(s.Examples) + " of " + Grouped(s.Of) + " examples"
}

// Grouped writes a number with its thousands apart, as 2,490.
func Grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", Grouped(n/1000), n%1000)
}
