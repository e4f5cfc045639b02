package xpt

import (
	"cmp"
	"context"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// EmbedOptions say which hidden states are computed.
type EmbedOptions struct {
	Layers    string `flag:"layers" help:"last, or all: after the embedding (0), after each layer, the last one after the final norm"`
	Logits    bool   `flag:"logits" help:"the LM head's scores as well"`
	Pool      string `flag:"pool" help:"mean or last: one vector of each row instead of one of each token"`
	Pad       string `flag:"pad" help:"none, left or right: number the tokens as in a batch of all rows that is padded there"`
	Positions string `flag:"positions" help:"arange or mask: HF's rules for numbering the tokens of a padded row"`

	// Progress, unless nil, is called with the number of rows done.
	Progress func(rows int)
}

// EmbedDefaults returns what empty options stand for.
func EmbedDefaults() EmbedOptions {
	return EmbedOptions{Layers: "last", Pad: "none", Positions: string(xglm.ByColumn)}
}

// resolve fills in the defaults.
func (o EmbedOptions) resolve() EmbedOptions {
	d := EmbedDefaults()
	o.Layers, o.Pad, o.Positions = cmp.Or(o.Layers, d.Layers), cmp.Or(o.Pad, d.Pad), cmp.Or(o.Positions, d.Positions)
	return o
}

// Check refuses what cannot be.
func (o EmbedOptions) Check() error {
	o = o.resolve()
	switch {
	case o.Layers != "last" && o.Layers != "all":
		return usererror.Errorf("--layers: %q is neither last nor all", o.Layers)
	case o.Pool != "" && o.Pool != "mean" && o.Pool != "last":
		return usererror.Errorf("--pool: %q is neither mean nor last", o.Pool)
	case o.Pad != "none" && o.Pad != "left" && o.Pad != "right":
		return usererror.Errorf("--pad: %q must be none, left or right", o.Pad)
	}
	if _, err := xglm.ParsePositionRule(o.Positions); err != nil {
		return usererror.Errorf("--positions: %w", err)
	}
	return nil
}

// Embedding is what a row gives.
type Embedding struct {
	// Hidden are the hidden states of each layer that was asked for: row by row of [T, d] or, pooled,
	// [d]. T counts the row's ids; those that its mask hides have zeros.
	Hidden [][]float32
	// Logits are the LM head's scores, row by row of [T, V], where they were asked for.
	Logits []float32
}

// Embed returns the hidden states of each row.
func (m *Model) Embed(ctx context.Context, rows []Row, o EmbedOptions) ([]Embedding, error) {
	var out []Embedding
	err := m.embed(ctx, rows, o, func(e *embedder) error {
		for i := range e.rows {
			e.order = append(e.order, i)
		}
		for i := range e.rows {
			x, err := e.state(i)
			if err != nil {
				return err
			}
			delete(e.states, i)
			row := Embedding{Hidden: x.hidden}
			if o.Logits {
				err = e.eachLogits(x.last, func(values []float32) error {
					row.Logits = append(row.Logits, values...)
					return nil
				})
			}
			if err != nil {
				return err
			}
			out = append(out, row)
		}
		return nil
	})
	return out, err
}

// WriteEmbeddings writes the hidden states of each row as a safetensors file and returns the number
// of tokens. A row named ID has the float32 tensors ID.hidden [T, d], with all layers ID.hidden.0 to
// ID.hidden.L, pooled [d], and ID.logits [T, V]. No more than a batch of rows is held in memory.
func (m *Model) WriteEmbeddings(ctx context.Context, path string, rows []Row, o EmbedOptions) (tokens int, err error) {
	err = m.embed(ctx, rows, o, func(e *embedder) error {
		tokens = e.tokens
		return checkpoints.WriteSafetensors(path, e.tensors(), nil)
	})
	return tokens, err
}

func (m *Model) embed(ctx context.Context, rows []Row, o EmbedOptions, fn func(e *embedder) error) error {
	if err := o.Check(); err != nil {
		return err
	}
	encoded, tokens, err := m.encode(rows)
	if err != nil {
		return err
	}
	return m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		model := m.learner.Model
		if err := model.Prepare(tokens, false); err != nil {
			return err
		}
		e := &embedder{ctx: ctx, s: s, model: model, past: past, o: o.resolve(), rows: encoded, tokens: tokens, states: map[int]*embedded{}}
		for _, r := range encoded {
			e.longest = max(e.longest, len(r.IDs))
		}
		return fn(e)
	})
}
