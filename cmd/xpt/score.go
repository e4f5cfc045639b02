package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/urfave/cli/v2"

	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

type scoreOptions struct {
	backbone
	source
	Prefixed   bool `flag:"prefixed" help:"a line of --text is a prefix, a TAB and its continuation, which alone is scored; they are joined as they stand"`
	Perplexity bool `flag:"perplexity" help:"only the whole file's perplexity"`
	templateOptions
	JSON bool `flag:"json" help:"one JSON object a line"`
}

func scoreCommand() *cli.Command {
	o, c := scoreOptions{templateOptions: templateOptions{Languages: "all"}}, defaultCompute()
	return &cli.Command{
		Name:  "score",
		Usage: "log-probabilities of texts, and zero-shot accuracy from them",
		Description: "A row's log-probabilities are those of its tokens but the first, each given all before it and the adapter.\n" +
			"--ids lines may have a \"prefix\": that many tokens are given and not scored.\n" +
			"With --template the language model answers labelled data: each label makes a text, and the likeliest text wins, as lm-eval\n" +
			"counts (acc by the sum of log-probabilities, acc_norm by that sum divided by the text's length in characters).",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if err := noArguments(ctx); err != nil {
				return err
			}
			if o.Template != "" {
				return runTemplate(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
			}
			for _, name := range []string{"data", "languages", "split", "words", "limit"} {
				if ctx.IsSet(name) {
					return usererror.Errorf("score: --%s goes with --template", name)
				}
			}
			return runScore(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

// scored is a row's result.
type scored struct {
	ID       string    `json:"id"`
	LogProbs []float32 `json:"logprobs"`
	Sum      float64   `json:"sum"`
}

// corpus sums over rows.
type corpus struct {
	Rows         int     `json:"rows"`
	Tokens       int     `json:"tokens"` // scored
	Sum          float64 `json:"sum"`
	Perplexity   float64 `json:"perplexity"`              // per token
	BitsPerByte  float64 `json:"bits_per_byte,omitempty"` // of the texts, where they are known
	bytes        int
	withoutTexts bool
}

func (c *corpus) add(r row, s scored) {
	c.Rows++
	c.Tokens += len(s.LogProbs)
	c.Sum += s.Sum
	c.Perplexity = math.Exp(-c.Sum / float64(max(1, c.Tokens)))
	c.bytes += len(r.Text)
	c.withoutTexts = c.withoutTexts || r.Text == "" && len(s.LogProbs) > 0
	c.BitsPerByte = 0
	if c.bytes > 0 && !c.withoutTexts {
		c.BitsPerByte = -c.Sum / math.Ln2 / float64(c.bytes)
	}
}

func runScore(ctx context.Context, o scoreOptions, c compute, stdout, stderr io.Writer) error {
	if o.Prefixed && o.Text == "" {
		return usererror.New("--prefixed goes with --text; an --ids line says \"prefix\": N")
	}
	m, err := o.open(c, o.source, stderr)
	if err != nil {
		return err
	}
	rows, err := o.rows(m.tokenizer, m.Model.Config.VocabSize, o.Prefixed)
	if err != nil {
		return errors.Join(err, m.close())
	}
	bar := newProgress(stderr, len(rows), "rows")
	defer bar.close()
	var all corpus
	lines := json.NewEncoder(stdout)
	err = m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		ids, from, tokens := make([][]int, len(rows)), make([]int, len(rows)), 0
		for i, r := range rows {
			ids[i], from[i] = r.shown(), max(1, r.Prefix)
			tokens += len(ids[i])
		}
		if err := m.Model.Prepare(tokens, false); err != nil {
			return err
		}
		return m.Model.ScoreEach(ctx, s, ids, from, past, func(i int, logProbs []float32) error {
			r := scored{ID: rows[i].ID, LogProbs: logProbs}
			for _, p := range logProbs {
				r.Sum += float64(p)
			}
			all.add(rows[i], r)
			bar.set(all.Rows, "")
			switch {
			case o.Perplexity:
				return nil
			case o.JSON:
				return lines.Encode(r)
			}
			_, err := fmt.Fprintf(stdout, "%s\t%d tokens\t%.4f\n", inLine(r.ID), len(logProbs), r.Sum)
			return err
		})
	})
	if err = errors.Join(err, m.close()); err != nil {
		return err
	}
	switch {
	case o.JSON && o.Perplexity:
		return lines.Encode(all)
	case o.JSON:
		return nil
	}
	_, err = fmt.Fprintf(stdout, "%d rows, %d tokens: log-probability %.4f, perplexity %.4f", all.Rows, all.Tokens, all.Sum, all.Perplexity)
	if all.BitsPerByte > 0 {
		fmt.Fprintf(stdout, ", %.4f bits per byte", all.BitsPerByte)
	}
	fmt.Fprintln(stdout)
	return err
}
