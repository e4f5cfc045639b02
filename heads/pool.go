package heads

import (
	"fmt"
	"slices"
)

// TextPosition is what a classification reads of a row of n tokens: the last one, which alone has
// seen the whole text.
func TextPosition(n int) int { return n - 1 }

// AllPositions is what language modelling reads of a row of n tokens: each predicts the next.
func AllPositions(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Mean pools vectors [n, d] to their mean [d].
func Mean(vectors []float32, d int) []float64 {
	sum := make([]float64, d)
	n := 0.0
	for v := range slices.Chunk(vectors, d) {
		for i, x := range v {
			sum[i] += float64(x)
		}
		n++
	}
	for i := range sum {
		sum[i] /= n
	}
	return sum
}

// SubToken says which sub-token of a word a tagger reads. In a causal model the first one has not
// seen the rest of its word.
type SubToken string

// The two choices; the zero value stands for Last.
const (
	Last  SubToken = "last"
	First SubToken = "first"
)

// ParseSubToken reads "last" or "first".
func ParseSubToken(name string) (SubToken, error) {
	if s := SubToken(name); s == Last || s == First {
		return s, nil
	}
	return "", fmt.Errorf("unknown sub-token %q: use last or first", name)
}

// WordPositions returns for each of n words the position in its row that is read for it. words gives
// every position's word, -1 for a special token. A word without any sub-token (the normaliser can
// empty one) is read at the position before it, so that each word has one.
func (p SubToken) WordPositions(words []int, n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = -1
	}
	for position, word := range words {
		if word >= 0 && word < n && (at[word] < 0 || p != First) {
			at[word] = position
		}
	}
	before := 0
	for i, position := range at {
		if position < 0 {
			at[i] = before
		}
		before = at[i]
		if p == First && position >= 0 {
			for before+1 < len(words) && words[before+1] == i {
				before++
			}
		}
	}
	return at
}
