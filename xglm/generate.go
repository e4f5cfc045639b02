package xglm

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"xpt/libtorch"
)

// Generation says how rows are continued.
type Generation struct {
	Sampling
	// MaxNewTokens is how many tokens a row gets at most.
	MaxNewTokens int
	// Stop holds the tokens after which a row ends; one that ended a row is the last of its output.
	Stop []int
	// Rand is the randomness of a row, by its index in rows; each row has its own, so that what is
	// drawn for it does not depend on the others. Not needed where Temperature is 0.
	Rand func(row int) *rand.Rand
}

func (o Generation) check() error {
	if o.MaxNewTokens < 1 {
		return fmt.Errorf("%d new tokens: at least 1 must be asked for", o.MaxNewTokens)
	}
	if o.Temperature > 0 && o.Rand == nil {
		return errors.New("sampling needs a source of randomness")
	}
	return o.Sampling.Check()
}

// CacheBytes is how much memory the keys and values of so many rows of so many tokens take while
// they are continued.
func (m *Model) CacheBytes(rows, tokens int) int64 {
	return 2 * int64(m.Config.NumLayers) * int64(rows) * int64(tokens) * int64(m.Config.DModel) * int64(m.dtype.Size())
}

// Generate continues rows of token ids, of any lengths, as one batch behind past (nil: none) and
// returns the new tokens of each. each, unless nil, is told every token as soon as it is chosen; an
// error of it ends the generation and is returned with what there is.
func (m *Model) Generate(s *libtorch.Scope, rows [][]int, past *Past, o Generation, each func(row, id int) error) (out [][]int, err error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	for r, row := range rows {
		if n := len(row) + o.MaxNewTokens; n > MaxTokens {
			return nil, fmt.Errorf("row %d: %d tokens and %d new ones: a row has at most %d", r, len(row), o.MaxNewTokens, MaxTokens)
		}
	}
	out = make([][]int, len(rows))
	seen := make([]map[int]bool, len(rows))
	random := make([]*rand.Rand, len(rows))
	next, positions := make([]int, len(rows)), make([]int, len(rows))
	done := make([]bool, len(rows))
	for r, row := range rows {
		positions[r] = past.Len() + len(row)
		seen[r] = map[int]bool{}
		for _, id := range row {
			seen[r][id] = true
		}
		if o.Temperature > 0 {
			random[r] = o.Rand(r)
		}
	}
	// choose reads the next tokens off the last hidden states, [B, d].
	choose := func(s *libtorch.Scope, hidden *libtorch.Tensor) error {
		logits := m.Logits(s, hidden)
		if !AllFinite(s, logits) {
			return m.NotFinite()
		}
		var best []int64
		var scores []float32
		if o.onlyBest() {
			best = s.Argmax(logits).Int64s()
		} else {
			scores = logits.Float32s()
		}
		for r := range rows {
			if done[r] {
				continue // its token is fed again, to no effect on others
			}
			if o.onlyBest() {
				next[r] = int(best[r])
			} else {
				next[r] = o.choose(scores[r*m.Config.VocabSize:][:m.Config.VocabSize], seen[r], random[r])
			}
			out[r] = append(out[r], next[r])
			seen[r][next[r]] = true
			done[r] = len(out[r]) == o.MaxNewTokens || slices.Contains(o.Stop, next[r])
			if each != nil {
				if err := each(r, next[r]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	s.Do(func(s *libtorch.Scope) {
		c, hidden := m.prefill(s, rows, past, o.MaxNewTokens-1)
		for err = choose(s, hidden); err == nil && slices.Contains(done, false); {
			s.Do(func(s *libtorch.Scope) { err = choose(s, m.step(s, c, next, positions)) })
			for r := range positions {
				positions[r]++
			}
		}
	})
	return out, err
}
