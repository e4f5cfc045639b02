package ranks

import (
	"cmp"
	"context"
	"slices"
)

// Own spreads batches of these many tokens, the largest first and each to the process that has the fewest so far, and tells
// which are this one's.
func (g *Group) Own(tokens []int) []bool {
	order := make([]int, len(tokens))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(tokens[b], tokens[a]) })
	load, own := make([]int, g.Size), make([]bool, len(tokens))
	for _, i := range order {
		least := slices.Index(load, slices.Min(load))
		load[least] += tokens[i]
		own[i] = least == g.Rank
	}
	return own
}

// Exchange gives every process the data of each, or an error of all where one was stopped.
func (g *Group) Exchange(data []byte, stopped error) ([][]byte, error) {
	mark := byte(0)
	if stopped != nil {
		mark = 1
	}
	all, err := g.Bytes(append([]byte{mark}, data...))
	if err != nil {
		return nil, err
	}
	for r := range all {
		if all[r][0] != 0 {
			return nil, Stopped(stopped)
		}
		all[r] = all[r][1:]
	}
	return all, nil
}

// Stopped is the error of a process that stops because one of the group was told to: its own, or that of an ended context.
func Stopped(own error) error {
	if own != nil {
		return own
	}
	return context.Canceled
}

// Shares of costs among n processes: share r is costs[bounds[r]:bounds[r+1]]. The largest sum of a share is as small as shares
// that follow one another allow.
func Shares(costs []int, n int) (bounds []int) {
	low, high := 0, 0 // no share is above high; one may be above low
	for _, c := range costs {
		low, high = max(low, c), high+c
	}
	for low < high {
		if most := (low + high) / 2; len(filled(costs, most)) <= n {
			high = most
		} else {
			low = most + 1
		}
	}
	bounds = append([]int{0}, filled(costs, high)...)
	for len(bounds) < n+1 {
		bounds = append(bounds, len(costs))
	}
	return bounds
}

// filled are the ends of shares that are filled up to most.
func filled(costs []int, most int) (ends []int) {
	sum := 0
	for i, c := range costs {
		if sum+c > most && i > 0 {
			ends, sum = append(ends, i), 0
		}
		sum += c
	}
	return append(ends, len(costs))
}
