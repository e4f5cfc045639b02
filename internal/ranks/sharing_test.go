package ranks

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Shares follow one another, are all that there is, and none is larger than it must be.
func TestShares(t *testing.T) {
	for _, c := range []struct {
		costs []int
		n     int
		want  []int
	}{
		{[]int{1, 1, 1, 1}, 2, []int{0, 2, 4}},
		{[]int{9, 1, 1, 1}, 2, []int{0, 1, 4}},
		{[]int{1, 1, 1, 9}, 3, []int{0, 3, 4, 4}},
		{[]int{5}, 3, []int{0, 1, 1, 1}},
		{nil, 2, []int{0, 0, 0}},
	} {
		if got := Shares(c.costs, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%v over %d: %v, want %v", c.costs, c.n, got, c.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		costs := make([]int, 1+rng.IntN(8))
		for i := range costs {
			costs[i] = 1 + rng.IntN(20)
		}
		bounds := Shares(costs, 3)
		if got, want := largest(costs, bounds), best(costs, 3); got != want || len(bounds) != 4 {
			t.Fatalf("%v: %v, whose largest is %d, want %d", costs, bounds, got, want)
		}
	}
}

func largest(costs, bounds []int) (most int) {
	for r := range len(bounds) - 1 {
		most = max(most, sum(costs[bounds[r]:bounds[r+1]]))
	}
	return most
}

func sum(costs []int) (all int) {
	for _, c := range costs {
		all += c
	}
	return all
}

// best is the smallest largest share, by trying all.
func best(costs []int, n int) int {
	if n == 1 {
		return sum(costs)
	}
	least := sum(costs)
	for first := range len(costs) + 1 {
		least = min(least, max(sum(costs[:first]), best(costs[first:], n-1)))
	}
	return least
}

// Every batch is one process's, and none has much more than another.
func TestOwn(t *testing.T) {
	tokens := []int{4096, 4000, 3000, 2000, 1000, 500, 400}
	owners, load := make([]int, len(tokens)), make([]int, 3)
	for rank := range 3 {
		g := &Group{Environment: Environment{Rank: rank, Size: 3}}
		for i, own := range g.Own(tokens) {
			if own {
				owners[i]++
				load[rank] += tokens[i]
			}
		}
	}
	if slices.ContainsFunc(owners, func(n int) bool { return n != 1 }) || slices.Max(load)-slices.Min(load) > 600 {
		t.Errorf("owners %v, load %v", owners, load)
	}
}
