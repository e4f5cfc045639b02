package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/internal/memory"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

type generateOptions struct {
	backbone
	source
	MaxNewTokens      int     `flag:"max-new-tokens" range:"[1,16384]" help:"tokens that a row gets at most; with its own no more than 16384"`
	IgnoreEOS         bool    `flag:"ignore-eos" help:"go on after the checkpoint's end-of-text token"`
	Stop              string  `flag:"stop" help:"further tokens that end a row: ids or pieces, parted by commas"`
	Temperature       float64 `flag:"temperature" range:"[0,1e6]" help:"0: greedy; above 0: draw from the scores divided by it"`
	TopK              int     `flag:"top-k" range:"[0,]" help:"draw from the k best tokens; 0: from all"`
	TopP              float64 `flag:"top-p" range:"(0,1]" help:"draw from the best tokens that together have probability p; 1: from all"`
	RepetitionPenalty float64 `flag:"repetition-penalty" range:"(0,1e6]" help:"above 1: tokens that a row holds already become less likely"`
	Seed              uint64  `flag:"seed" help:"of what is drawn"`
	Batch             int     `flag:"batch" range:"[1,1e6]" help:"rows that are continued at a time; on a terminal 1, shown as it goes, unless given"`
	JSON              bool    `flag:"json" help:"one JSON object a line: id, output_ids (new tokens only), of --text also text"`
}

func generateCommand() *cli.Command {
	o, c := generateOptions{MaxNewTokens: 64, TopP: 1, RepetitionPenalty: 1, Batch: 8}, defaultCompute()
	return &cli.Command{
		Name:  "generate",
		Usage: "continue ids or texts",
		Description: "Greedy unless a temperature is given. What a row gets does not depend on the rows beside it, nor on --batch, but that\n" +
			"in half types two tokens may change places whose scores are the same to rounding.\n" +
			"A text begins with </s>, and so does what an adapter stands in front of.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if err := noArguments(ctx); err != nil {
				return err
			}
			if onTerminal(ctx.App.Writer) && !ctx.IsSet("batch") {
				o.Batch = 1
			}
			return runGenerate(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runGenerate(ctx context.Context, o generateOptions, c compute, stdout, stderr io.Writer) error {
	if err := o.sampling().Check(); err != nil {
		return usererror.Of(err)
	}
	m, err := o.open(c, o.source, stderr)
	if err != nil {
		return err
	}
	return errors.Join(o.generate(ctx, m, stdout), m.close())
}

func (o generateOptions) generate(ctx context.Context, m *opened, stdout io.Writer) error {
	rows, err := o.rows(m.tokenizer, m.Model.Config.VocabSize, false)
	if err != nil {
		return err
	}
	if err := o.checkLengths(m.Model, rows); err != nil {
		return err
	}
	stop, err := o.stopTokens(m)
	if err != nil {
		return err
	}
	return m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		for start := 0; start < len(rows); start += o.Batch {
			batch := rows[start:min(start+o.Batch, len(rows))]
			ids := make([][]int, len(batch))
			for i, r := range batch {
				ids[i] = r.shown()
			}
			show := newShow(o, m.tokenizer, stdout, batch, ids)
			out, err := m.Model.Generate(s, ids, past, xglm.Generation{
				Sampling:     o.sampling(),
				MaxNewTokens: o.MaxNewTokens, Stop: stop,
				Rand: func(r int) *rand.Rand { return libtorch.Seed(o.Seed).Stream("generate", start+r) },
			}, func(r, id int) error { return errors.Join(ctx.Err(), show.token(r, id)) })
			if err != nil {
				return err
			}
			if err := show.rows(out); err != nil {
				return err
			}
		}
		return nil
	})
}

// checkLengths refuses rows that have no room for what they may get.
func (o generateOptions) checkLengths(m *xglm.Model, rows []row) error {
	longest := 0
	for _, r := range rows {
		n := len(r.shown())
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

func (o generateOptions) sampling() xglm.Sampling {
	return xglm.Sampling{Temperature: o.Temperature, TopK: o.TopK, TopP: o.TopP, RepetitionPenalty: o.RepetitionPenalty}
}

// stopTokens are those that end a row.
func (o generateOptions) stopTokens(m *opened) ([]int, error) {
	var stop []int
	if !o.IgnoreEOS {
		stop = append(stop, m.Model.Config.Stop...)
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
		if err != nil || id < 0 || id >= m.Model.Config.VocabSize {
			return nil, usererror.Errorf("--stop: %q is neither an id nor a piece of the vocabulary", name)
		}
		stop = append(stop, id)
	}
	return stop, nil
}

// show prints what is generated: a batch of one row as it goes, others when
// they are done.
type show struct {
	t       *tokenize.Tokenizer // nil: ids are shown
	w       io.Writer
	asJSON  bool
	texts   bool // the rows are texts, not ids
	batch   []row
	ids     [][]int // of the prompts
	so      []int   // the streamed row's tokens
	printed string
}

func newShow(o generateOptions, t *tokenize.Tokenizer, w io.Writer, batch []row, ids [][]int) *show {
	return &show{t: t, w: w, asJSON: o.JSON, texts: o.Text != "", batch: batch, ids: ids}
}

// text is a row with its continuation.
func (p *show) text(r int, continuation []int) string {
	all := append(append([]int(nil), p.ids[r]...), continuation...)
	if p.t == nil {
		return strings.Trim(fmt.Sprint(all), "[]")
	}
	return p.t.Decode(all)
}

func (p *show) token(_, id int) error {
	if p.asJSON || len(p.batch) > 1 {
		return nil
	}
	p.so = append(p.so, id)
	text := p.text(0, p.so)
	_, err := io.WriteString(p.w, strings.TrimPrefix(text, p.printed))
	p.printed = text
	return err
}

func (p *show) rows(out [][]int) error {
	for r, continuation := range out {
		if !p.asJSON {
			rest := strings.TrimPrefix(p.text(r, continuation), p.printed)
			if _, err := fmt.Fprintln(p.w, rest); err != nil {
				return err
			}
			continue
		}
		line := struct {
			ID   string  `json:"id"`
			IDs  []int   `json:"output_ids"`
			Text *string `json:"text,omitempty"`
		}{ID: p.batch[r].ID, IDs: continuation}
		if p.texts {
			text := strings.TrimPrefix(p.text(r, continuation), p.text(r, nil))
			line.Text = &text
		}
		if err := json.NewEncoder(p.w).Encode(line); err != nil {
			return err
		}
	}
	return nil
}
