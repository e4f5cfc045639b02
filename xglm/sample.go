package xglm

import (
	"container/heap"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
)

// Sampling says how the next token is chosen from the LM head's scores. The steps and their order
// are HuggingFace's: repetition penalty, temperature, top-k, top-p.
type Sampling struct {
	// Temperature divides the scores; 0 takes the best token (greedy).
	Temperature float64
	// TopK keeps the k best tokens, and those that equal the last of them; 0 keeps all.
	TopK int
	// TopP keeps the best tokens whose probabilities, summed before each, stay below p (Holtzman et
	// al., arXiv 1904.09751); 0 and 1 keep all.
	TopP float64
	// RepetitionPenalty divides positive scores of tokens that the row holds, and multiplies
	// negative ones (Keskar et al., arXiv 1909.05858); 0 and 1 leave them.
	RepetitionPenalty float64
}

// Check refuses what cannot be.
func (o Sampling) Check() error {
	switch {
	case o.Temperature < 0 || math.IsNaN(o.Temperature) || math.IsInf(o.Temperature, 0):
		return fmt.Errorf("temperature %v: it is 0 (greedy) or more", o.Temperature)
	case o.TopK < 0:
		return fmt.Errorf("top-k %d: it is 0 (all) or more", o.TopK)
	case !(o.TopP >= 0 && o.TopP <= 1):
		return fmt.Errorf("top-p %v: it lies between 0 and 1", o.TopP)
	case !(o.RepetitionPenalty >= 0) || math.IsInf(o.RepetitionPenalty, 0):
		return fmt.Errorf("repetition penalty %v: it is 1 (none) or more", o.RepetitionPenalty)
	case o.Temperature == 0 && (o.TopK > 0 || o.TopP > 0 && o.TopP < 1):
		return errors.New("top-k and top-p need a temperature above 0: greedy takes the best token anyway")
	}
	return nil
}

// onlyBest tells whether the best score is all that is needed.
func (o Sampling) onlyBest() bool { return o.Temperature == 0 && !o.penalises() }

func (o Sampling) penalises() bool { return o.RepetitionPenalty != 0 && o.RepetitionPenalty != 1 }

// choose picks a token by its scores, which it changes. seen are the row's tokens; rng is not
// needed where Temperature is 0.
func (o Sampling) choose(scores []float32, seen map[int]bool, rng *rand.Rand) int {
	o.penalise(scores, seen)
	if o.Temperature == 0 {
		best := 0
		for id, score := range scores {
			if score > scores[best] {
				best = id
			}
		}
		return best
	}
	ids, weights := o.candidates(scores)
	var sum float64
	for _, w := range weights {
		sum += w
	}
	at := rng.Float64() * sum
	for i, w := range weights {
		if at -= w; at < 0 {
			return ids[i]
		}
	}
	return ids[len(ids)-1] // rounding
}

// penalise lowers the scores of tokens seen.
func (o Sampling) penalise(scores []float32, seen map[int]bool) {
	if !o.penalises() {
		return
	}
	for id := range seen {
		if penalty := float32(o.RepetitionPenalty); scores[id] < 0 {
			scores[id] *= penalty
		} else {
			scores[id] /= penalty
		}
	}
}

// candidates are the tokens that may be drawn, and weights in proportion to their probabilities;
// where top-k or top-p asks for an order, the best first.
func (o Sampling) candidates(scores []float32) (ids []int, weights []float64) {
	best := float64(scores[0])
	for _, score := range scores {
		best = max(best, float64(score))
	}
	weight := func(score float32) float64 { return math.Exp((float64(score) - best) / o.Temperature) }
	cutP := o.TopP > 0 && o.TopP < 1
	cutK := o.TopK > 0 && o.TopK < len(scores)
	if !cutP && !cutK {
		ids, weights = make([]int, len(scores)), make([]float64, len(scores))
		for id, score := range scores {
			ids[id], weights[id] = id, weight(score)
		}
		return ids, weights
	}
	h := &byScore{scores: scores, ids: make([]int, len(scores))}
	for id := range h.ids {
		h.ids[id] = id
	}
	heap.Init(h)
	var total float64 // of what top-k leaves, or of all
	if !cutK {
		for _, score := range scores {
			total += weight(score)
		}
	}
	pop := func() {
		ids = append(ids, heap.Pop(h).(int))
		weights = append(weights, weight(scores[ids[len(ids)-1]]))
	}
	if cutK {
		for len(ids) < o.TopK || h.Len() > 0 && scores[h.ids[0]] == scores[ids[len(ids)-1]] {
			pop()
			total += weights[len(weights)-1]
		}
		if !cutP {
			return ids, weights
		}
	}
	var above float64
	for n := 0; ; n++ {
		if n == len(ids) {
			if cutK || h.Len() == 0 {
				return ids, weights
			}
			pop()
		}
		if n > 0 && above >= o.TopP*total {
			return ids[:n], weights[:n]
		}
		above += weights[n]
	}
}

// byScore is a heap of token ids, the best score on top, the lower id first among equals.
type byScore struct {
	scores []float32
	ids    []int
}

func (h *byScore) Len() int { return len(h.ids) }
func (h *byScore) Less(i, j int) bool {
	a, b := h.scores[h.ids[i]], h.scores[h.ids[j]]
	return a > b || a == b && h.ids[i] < h.ids[j]
}
func (h *byScore) Swap(i, j int) { h.ids[i], h.ids[j] = h.ids[j], h.ids[i] }
func (h *byScore) Push(x any)    { h.ids = append(h.ids, x.(int)) }
func (h *byScore) Pop() any {
	last := h.ids[len(h.ids)-1]
	h.ids = h.ids[:len(h.ids)-1]
	return last
}
