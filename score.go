package xpt

import (
	"context"
	"math"

	"xpt/libtorch"
	"xpt/xglm"
)

// Score is what the language model says of a row.
type Score struct {
	// LogProbs are the natural logarithms of the probabilities of the row's tokens but the first, or
	// of those after what is given, each given all before it and the adapter.
	LogProbs []float32
	// Sum adds them up.
	Sum float64
}

// Score scores rows.
func (m *Model) Score(ctx context.Context, rows []Row) ([]Score, error) {
	out := make([]Score, 0, len(rows))
	err := m.ScoreEach(ctx, rows, func(_ int, s Score) error {
		out = append(out, s)
		return nil
	})
	return out, err
}

// ScoreEach calls each with the score of every row, in the order of the rows and as soon as it is
// there, until one fails.
func (m *Model) ScoreEach(ctx context.Context, rows []Row, each func(i int, s Score) error) error {
	encoded, tokens, err := m.encode(rows)
	if err != nil {
		return err
	}
	ids, from := make([][]int, len(rows)), make([]int, len(rows))
	for i, r := range encoded {
		ids[i], from[i] = r.Shown(), max(1, r.Prefix)
	}
	return m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		if err := m.learner.Model.Prepare(tokens, false); err != nil {
			return err
		}
		return m.learner.Model.ScoreEach(ctx, s, ids, from, past, func(i int, logProbs []float32) error {
			score := Score{LogProbs: logProbs}
			for _, p := range logProbs {
				score.Sum += float64(p)
			}
			return each(i, score)
		})
	})
}

// Corpus adds up the scores of rows.
type Corpus struct {
	Rows        int     `json:"rows"`
	Tokens      int     `json:"tokens"` // scored
	Sum         float64 `json:"sum"`
	Perplexity  float64 `json:"perplexity,omitempty"`    // per token; 0 where none is scored
	BitsPerByte float64 `json:"bits_per_byte,omitempty"` // of the texts; 0 where one is not known

	bytes        int
	withoutTexts bool
}

// Add counts a row with its score.
func (c *Corpus) Add(r Row, s Score) {
	c.Rows++
	c.Tokens += len(s.LogProbs)
	c.Sum += s.Sum
	if c.Tokens > 0 {
		c.Perplexity = math.Exp(-c.Sum / float64(c.Tokens))
	}
	c.bytes += len(r.Text)
	c.withoutTexts = c.withoutTexts || r.Text == "" && len(s.LogProbs) > 0
	c.BitsPerByte = 0
	if c.bytes > 0 && !c.withoutTexts {
		c.BitsPerByte = -c.Sum / math.Ln2 / float64(c.bytes)
	}
}
