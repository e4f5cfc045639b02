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
	g := &generator{m: m, o: o, each: each, next: make([]int, len(rows))}
	positions := make([]int, len(rows)) // of the next tokens
	for r, row := range rows {
		positions[r] = past.Len() + len(row)
		g.rows = append(g.rows, o.newRow(r, row))
	}
	s.Do(func(s *libtorch.Scope) {
		c, hidden := m.prefill(s, rows, past, o.MaxNewTokens-1)
		if err = g.choose(g.wanted(s, m.Logits(s, hidden)).Fetch()); err != nil {
			return
		}
		if stepsFixed(m.device) {
			err = g.fixedSteps(s, c, positions)
			return
		}
		for err == nil && g.unfinished() {
			s.Do(func(s *libtorch.Scope) {
				err = g.choose(g.wanted(s, m.Logits(s, m.step(s, c, g.next, positions))).Fetch())
			})
			for r := range positions {
				positions[r]++
			}
		}
	})
	for _, row := range g.rows {
		out = append(out, row.out)
	}
	return out, err
}

// generator chooses the tokens of a batch under way.
type generator struct {
	m    *Model
	o    Generation
	each func(row, id int) error
	rows []generatedRow
	next []int // the last token of each row
}

// generatedRow is a row under way.
type generatedRow struct {
	out  []int        // new tokens
	seen map[int]bool // all tokens, for the repetition penalty
	rng  *rand.Rand   // nil where the best token is taken
	done bool
}

func (o Generation) newRow(r int, ids []int) generatedRow {
	row := generatedRow{seen: map[int]bool{}}
	for _, id := range ids {
		row.seen[id] = true
	}
	if o.Temperature > 0 {
		row.rng = o.Rand(r)
	}
	return row
}

func (g *generator) unfinished() bool {
	return slices.ContainsFunc(g.rows, func(r generatedRow) bool { return !r.done })
}

// wanted is what the next tokens are chosen by, of logits [B, V]: the best of each row, with their check, or all scores.
func (g *generator) wanted(s *libtorch.Scope, logits *libtorch.Tensor) *libtorch.Tensor {
	if g.o.onlyBest() {
		return withCheck(s, logits, s.Argmax(logits))
	}
	return logits
}

// choose takes the next token of each row by what was wanted. What is no number is an error.
func (g *generator) choose(wanted *libtorch.Fetch) error {
	values, err := wanted.Values()
	if err != nil {
		return err
	}
	if !Finite(values) {
		return g.m.NotFinite()
	}
	vocab := g.m.Config.VocabSize
	for r := range g.rows {
		row := &g.rows[r]
		if row.done {
			continue // its token is fed again, to no effect on others
		}
		if g.o.onlyBest() {
			g.next[r] = int(values[r])
		} else {
			g.next[r] = g.o.choose(values[r*vocab:][:vocab], row.seen, row.rng)
		}
		row.out = append(row.out, g.next[r])
		row.seen[g.next[r]] = true
		row.done = len(row.out) == g.o.MaxNewTokens || slices.Contains(g.o.Stop, g.next[r])
		if g.each != nil {
			if err := g.each(r, g.next[r]); err != nil {
				return err
			}
		}
	}
	return nil
}
