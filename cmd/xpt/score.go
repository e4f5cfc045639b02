package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/datasets"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
)

type scoreOptions struct {
	backbone
	source
	Prefixed   bool `flag:"prefixed" help:"each line of --text is a prefix, a TAB and a continuation; they are joined without a space, and only the continuation is scored"`
	Perplexity bool `flag:"perplexity" help:"report only the perplexity of the whole file"`
	xpt.ZeroShotOptions
	JSON bool `flag:"json" help:"one JSON object a line"`
}

func scoreCommand() *cli.Command {
	o, c := scoreOptions{ZeroShotOptions: xpt.ZeroShotOptions{Languages: "all"}}, defaultCompute()
	return &cli.Command{
		Name:  "score",
		Usage: "log-probabilities of texts, and zero-shot accuracy from them",
		Description: "A row has a log-probability for each token but the first, given all tokens before it and the adapter.\n" +
			"\"prefix\": N in an --ids line excludes the first N tokens from the score.\n" +
			"--template classifies labelled data zero-shot: the template makes a text of each label, and the likeliest text wins, as in\n" +
			"lm-eval (acc by the sum of log-probabilities, acc_norm by that sum divided by the text's length in characters).\n" +
			"--calibrate adds the accuracy by that sum minus the label's own: contextual (Zhao et al. 2021), the logarithm of its mean\n" +
			"probability where N/A, [MASK] and nothing stand for the texts; pmi (Holtzman et al. 2021), the sum of the template without them.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if o.Template != "" {
				return onRanks(ctx, &c, func(stdout, stderr io.Writer) error {
					return runTemplate(ctx.Context, o, c, stdout, stderr)
				})
			}
			for _, name := range []string{"data", "languages", "split", "words", "calibrate", "limit", "seed"} {
				if ctx.IsSet(name) {
					return usererror.Errorf("score: --%s goes with --template", name)
				}
			}
			return onRanks(ctx, &c, func(stdout, stderr io.Writer) error {
				return runScore(ctx.Context, o, c, stdout, stderr)
			})
		},
	}
}

// scored is a row's line of --json.
type scored struct {
	ID       string    `json:"id"`
	LogProbs []float32 `json:"logprobs"`
	Sum      float64   `json:"sum"`
}

func runScore(ctx context.Context, o scoreOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	if o.Prefixed && o.Text == "" {
		return usererror.New("--prefixed goes with --text; an --ids line says \"prefix\": N")
	}
	if err := notShared(c, o.IDs, o.Text); err != nil {
		return err
	}
	m, rows, err := o.openRows(ctx, c, o.source, o.Prefixed, stderr)
	if err != nil {
		return err
	}
	bar := newProgress(stderr, len(rows), "rows", "")
	defer bar.close()
	var all xpt.Corpus
	lines := json.NewEncoder(stdout)
	err = m.ScoreEach(ctx, rows, func(i int, s xpt.Score) error {
		all.Add(rows[i], s)
		bar.set(all.Rows, "")
		if onTerminal(stdout) && !o.Perplexity { // the rows' lines show how far it is
			bar.close()
		}
		switch {
		case o.Perplexity:
			return nil
		case o.JSON:
			return lines.Encode(scored{rows[i].ID, s.LogProbs, s.Sum})
		}
		_, err := fmt.Fprintf(stdout, "%s\t%d tokens\t%.4f\n", inLine(rows[i].ID), len(s.LogProbs), s.Sum)
		return err
	})
	if err = errors.Join(err, m.Close()); err != nil {
		return err
	}
	switch {
	case o.JSON && o.Perplexity:
		return lines.Encode(all)
	case o.JSON:
		return nil
	}
	if all.Tokens == 0 {
		_, err = fmt.Fprintf(stdout, "%d rows, 0 tokens: nothing is scored, since a row's first token is given\n", all.Rows)
		return err
	}
	_, err = fmt.Fprintf(stdout, "%d rows, %d tokens: log-probability %.4f, perplexity %.4f", all.Rows, all.Tokens, all.Sum, all.Perplexity)
	if all.BitsPerByte > 0 {
		fmt.Fprintf(stdout, ", %.4f bits per byte", all.BitsPerByte)
	}
	fmt.Fprintln(stdout)
	return err
}

// runTemplate classifies labelled data zero-shot.
func runTemplate(ctx context.Context, o scoreOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	if o.IDs != "" || o.Text != "" || o.Prefixed || o.Perplexity {
		return usererror.New("--template reads --data: it goes without --ids, --text, --prefixed and --perplexity")
	}
	z, err := xpt.OpenZeroShot(o.ZeroShotOptions)
	if err != nil {
		return err
	}
	m, err := o.open(c, o.source, stderr)
	if err != nil {
		return err
	}
	if out := transfer.LeftOutText(o.Template, z.Split, z.LeftOut); out != "" {
		fmt.Fprintln(stderr, oneLine(out))
	}
	lines, width := json.NewEncoder(stdout), len("examples")
	if !o.JSON {
		drawn := ""
		if o.Limit > 0 {
			width = len("100 of 1,000,000")
			drawn = fmt.Sprintf(", at most %s examples of a language, drawn by seed %d", datasets.Grouped(o.Limit), o.Seed)
		}
		fmt.Fprintf(stdout, "%s %s, zero-shot%s\nlanguage  %*s     acc  stderr  acc_norm  stderr", o.Template, z.Split, drawn, width, "examples")
		if o.Calibrate != "" {
			fmt.Fprintf(stdout, "  %10s  stderr", o.Calibrate)
		}
		fmt.Fprintln(stdout)
	}
	bar := newProgress(stderr, 0, "examples", o.Template)
	err = m.AnswerZeroShot(ctx, z, func(r xpt.ZeroShotResult) (err error) {
		bar.print(func() {
			if o.JSON {
				err = lines.Encode(r)
				return
			}
			examples := fmt.Sprint(r.Examples)
			if r.Of > 0 {
				examples += " of " + datasets.Grouped(r.Of)
			}
			line := fmt.Sprintf("%-8s  %*s  %6.4f  %6.4f    %6.4f  %6.4f", r.Language, width, examples, r.Acc, r.StdErr, r.AccNorm, r.StdNorm)
			if c := r.Calibrated; c != nil {
				line += fmt.Sprintf("  %10.4f  %6.4f", c.Acc, c.StdErr)
			}
			_, err = fmt.Fprintln(stdout, line)
		})
		return err
	}, func(language string, done, examples int) {
		if done == 0 {
			bar.start(examples, 0, 0)
		}
		bar.set(done, language)
	})
	bar.close()
	return errors.Join(err, m.Close())
}
