// Package random draws all of a run's randomness from one seed.
package random

import (
	"hash/fnv"
	"math/rand/v2"
)

// Seed is the one source of a run's randomness. Each use draws from a stream of
// its own, so that a change in one leaves the others as they were.
type Seed uint64

// Stream returns the generator of a named stream; n tells its instances apart,
// such as epochs.
func (s Seed) Stream(name string, n int) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(uint64(s), h.Sum64()^uint64(n)*0x9e3779b97f4a7c15))
}
