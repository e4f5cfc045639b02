package xpt

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"xpt/internal/memory"
	"xpt/internal/random"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// GenerateOptions say how rows are continued: greedily by default.
type GenerateOptions struct {
	MaxNewTokens      int     `flag:"max-new-tokens" range:"[1,16384]" help:"tokens that a row gets at most; with its own no more than 16384"`
	IgnoreEOS         bool    `flag:"ignore-eos" help:"go on after the checkpoint's end-of-text token"`
	Stop              string  `flag:"stop" help:"further tokens that end a row: ids or pieces, separated by commas"`
	Temperature       float64 `flag:"temperature" range:"[0,1e6]" help:"0: greedy; above 0: draw from the scores divided by it"`
	TopK              int     `flag:"top-k" range:"[0,]" help:"draw from the k best tokens; 0: from all"`
	TopP              float64 `flag:"top-p" range:"(0,1]" help:"draw from the best tokens that together have probability p; 1: from all"`
	RepetitionPenalty float64 `flag:"repetition-penalty" range:"(0,1e6]" help:"above 1: tokens that a row holds already become less likely"`
	Seed              uint64  `flag:"seed" help:"of what is drawn"`
	Batch             int     `flag:"batch" range:"[1,1e6]" help:"rows that are continued at a time; on a terminal 1, shown as it goes, unless given"`

	// Token, unless nil, is called with each new token as soon as it is chosen; its error ends the
	// generation.
	Token func(row, id int) error
}

// GenerateDefaults returns what zero values stand for.
func GenerateDefaults() GenerateOptions {
	return GenerateOptions{MaxNewTokens: 64, TopP: 1, RepetitionPenalty: 1, Batch: 8}
}

// resolve fills in the defaults.
func (o GenerateOptions) resolve() GenerateOptions {
	d := GenerateDefaults()
	o.MaxNewTokens, o.Batch = cmp.Or(o.MaxNewTokens, d.MaxNewTokens), cmp.Or(o.Batch, d.Batch)
	return o
}

func (o GenerateOptions) sampling() xglm.Sampling {
	return xglm.Sampling{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP, RepetitionPenalty: o.RepetitionPenalty}
}

// Check refuses what cannot be.
func (o GenerateOptions) Check() error {
	if o.MaxNewTokens < 0 || o.Batch < 0 {
		return usererror.Errorf("--max-new-tokens %d and --batch %d: either is at least 1", o.MaxNewTokens, o.Batch)
	}
	return usererror.Of(o.sampling().Check())
}

// Continuation is what a row is continued by.
type Continuation struct {
	IDs  []int  // the new tokens, with the one that ended the row
	Text string // what they add to the row's text; "" without a tokenizer
}

// Generate continues rows. What a row gets does not depend on the rows beside it, but that in half
// types two tokens may change places whose scores are the same to rounding.
func (m *Model) Generate(ctx context.Context, rows []Row, o GenerateOptions) ([]Continuation, error) {
	var out []Continuation
	err := m.GenerateEach(ctx, rows, o, func(_ int, c Continuation) error {
		out = append(out, c)
		return nil
	})
	return out, err
}

// GenerateEach calls each with the continuation of every row, in the order of the rows and as soon as
// its batch is done, until one fails.
func (m *Model) GenerateEach(ctx context.Context, rows []Row, o GenerateOptions, each func(i int, c Continuation) error) error {
	if err := o.Check(); err != nil {
		return err
	}
	o = o.resolve()
	encoded, _, err := m.encode(rows)
	if err != nil {
		return err
	}
	if err := o.checkLengths(m.learner.Model, encoded); err != nil {
		return err
	}
	stop, err := m.stopTokens(o)
	if err != nil {
		return err
	}
	return m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		for start := 0; start < len(rows); start += o.Batch {
			var ids [][]int
			for _, r := range encoded[start:min(start+o.Batch, len(rows))] {
				ids = append(ids, r.Shown())
			}
			out, err := m.learner.Model.Generate(s, ids, past, xglm.Generation{
				Sampling: o.sampling(), MaxNewTokens: o.MaxNewTokens, Stop: stop,
				Rand: func(r int) *rand.Rand { return random.Seed(o.Seed).Stream("generate", start+r) },
			}, func(r, id int) error {
				if err := ctx.Err(); err != nil || o.Token == nil {
					return err
				}
				return o.Token(start+r, id)
			})
			if err != nil {
				return err
			}
			for r, added := range out {
				if err := each(start+r, Continuation{added, m.added(ids[r], added)}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// added is the text that tokens add to that of ids.
func (m *Model) added(ids, tokens []int) string {
	if m.tokenizer == nil {
		return ""
	}
	return strings.TrimPrefix(m.Decode(append(append([]int(nil), ids...), tokens...)), m.Decode(ids))
}

// checkLengths refuses rows that have no room for what they may get.
func (o GenerateOptions) checkLengths(m *xglm.Model, rows []Row) error {
	longest := 0
	for _, r := range rows {
		n := len(r.Shown())
		if n+o.MaxNewTokens > xglm.MaxTokens {
			return usererror.Errorf("row %s: %d tokens and --max-new-tokens %d: a row has at most %d", r.ID, n, o.MaxNewTokens, xglm.MaxTokens)
		}
		longest = max(longest, n)
	}
	if m.Device() != libtorch.CPU { // its allocator says what it has
		return nil
	}
	batch := min(o.Batch, len(rows))
	what := fmt.Sprintf("continuing %d rows at a time by up to %d tokens (--batch, --max-new-tokens)", batch, o.MaxNewTokens)
	return usererror.Of(memory.Check(m.CacheBytes(batch, longest+o.MaxNewTokens), what))
}

// stopTokens are those that end a row.
func (m *Model) stopTokens(o GenerateOptions) ([]int, error) {
	var stop []int
	if !o.IgnoreEOS {
		stop = append(stop, m.Config().Stop...)
	}
	if o.Stop == "" {
		return stop, nil
	}
	for _, name := range strings.Split(o.Stop, ",") {
		id, err := strconv.Atoi(name)
		if err != nil && m.tokenizer != nil {
			if piece, ok := m.tokenizer.ID(name); ok {
				id, err = piece, nil
			}
		}
		if err != nil || id < 0 || id >= m.Config().VocabSize {
			return nil, usererror.Errorf("--stop: %q is neither an id nor a piece of the vocabulary", name)
		}
		stop = append(stop, id)
	}
	return stop, nil
}
