package stats

import "math/bits"

// stream is a SplitMix64 generator (Steele, Lea & Flood 2014) that starts at a key, so that any draw can be computed from what it
// is for, without those before it:
//
//	key(words)     k = 0; for each word w: k = mix((k XOR w) + 0x9e3779b97f4a7c15)
//	value i        mix(key + (i+1) 0x9e3779b97f4a7c15), i from 0
//	below n        the upper half of a value, times n, over 2^32 (Lemire 2019 without rejection: its bias is below n / 2^32)
//
// All modulo 2^64. The keys are
//
//	examples of a language      seed, 1, round, 1 + number of the language, times that it was drawn before in this round
//	examples of all languages   seed, 1, round, 0, 0
//	seeds of a training         seed, 2, round
//	languages                   seed, 3, round
//	coins of a paired test      seed, 4, round
//
// with rounds and languages counted from 0.
type stream uint64

const (
	drawExamples = iota + 1
	drawSeeds
	drawLanguages
	tossCoins
)

const golden = 0x9e3779b97f4a7c15

func newStream(words ...uint64) stream {
	var key uint64
	for _, w := range words {
		key = mix((key ^ w) + golden)
	}
	return stream(key)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (s *stream) next() uint64 {
	*s += golden
	return mix(uint64(*s))
}

// below is a number from 0 up to n, which is below 2^32.
func (s *stream) below(n int) int { return int((s.next() >> 32) * uint64(n) >> 32) }

// draw fills indices with numbers below n.
func (s stream) draw(indices []uint32, n int) {
	for i := range indices {
		indices[i] = uint32(s.below(n))
	}
}

// coins are fair; each costs a random bit, the lowest of a value first.
type coins struct {
	stream
	bits uint64 // the lowest are the coins that are left
	left int
}

// toss counts the heads of n coins.
func (c *coins) toss(n int) (heads int) {
	for n > c.left {
		heads += bits.OnesCount64(c.bits)
		n -= c.left
		c.bits, c.left = c.next(), 64
	}
	heads += bits.OnesCount64(c.bits & (1<<n - 1))
	c.bits >>= n
	c.left -= n
	return heads
}
