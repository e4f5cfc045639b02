package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

type embedOptions struct {
	backbone
	source
	Layers    string `flag:"layers" help:"last, or all: after the embedding (0), after each layer, the last one after the final norm"`
	Logits    bool   `flag:"logits" help:"the LM head's scores as well"`
	Pool      string `flag:"pool" help:"mean or last: one vector of each row instead of one of each token"`
	Pad       string `flag:"pad" help:"none, left or right: number the tokens as in a batch of all rows that is padded there"`
	Positions string `flag:"positions" help:"arange or mask: HF's rules for numbering the tokens of a padded row"`
	Out       string `flag:"out" path:"true" help:"safetensors file to write"`
	JSON      bool   `flag:"json" help:"report as a line of JSON"`
}

func embedCommand() *cli.Command {
	o, c := embedOptions{Layers: "last", Pad: "none", Positions: string(xglm.ByColumn)}, defaultCompute()
	return &cli.Command{
		Name:  "embed",
		Usage: "write hidden states, sentence vectors or logits of ids or texts",
		Description: "Writes float32 tensors ID.hidden [T, d] (with --layers all: ID.hidden.0 to ID.hidden.L) and, with --logits, ID.logits [T, V];\n" +
			"with --pool the hidden states are [d]. A text's ID is the number of its line, and its tokens begin with </s>.\n" +
			"Padding is never computed: a causal model's tokens see nothing of it. What it can change is the numbers of positions. In HF\n" +
			"forward counts columns (--positions arange), so that text behind padding on the left is shifted by it, and generate counts\n" +
			"tokens (--positions mask), so that padding changes nothing. --pad left|right gives what a batch of all rows so padded gives;\n" +
			"an attention_mask in an --ids line says where that row is padded. Tensors have a row per input id, zeros where the mask hides it.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if err := noArguments(ctx); err != nil {
				return err
			}
			return runEmbed(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func (o embedOptions) check() error {
	switch {
	case o.Out == "":
		return usererror.New("--out is missing: name the safetensors file to write")
	case o.Layers != "last" && o.Layers != "all":
		return usererror.Errorf("--layers: %q is neither last nor all", o.Layers)
	case o.Pool != "" && o.Pool != "mean" && o.Pool != "last":
		return usererror.Errorf("--pool: %q is neither mean nor last", o.Pool)
	case o.Pad != "none" && o.Pad != "left" && o.Pad != "right":
		return usererror.Errorf("--pad: %q is none of none, left and right", o.Pad)
	}
	if _, err := xglm.ParsePositionRule(o.Positions); err != nil {
		return usererror.Errorf("--positions: %w", err)
	}
	return nil
}

// ownTensor is the name of a tensor that the command writes.
var ownTensor = regexp.MustCompile(`\.(hidden(\.[0-9]+)?|logits)$`)

// checkOut refuses to replace anything but an empty file and one of the
// command's own.
func (o embedOptions) checkOut() error {
	exists, err := checkpoints.CheckOutput(o.Out, o.inputs()...)
	if !exists || err != nil {
		return err
	}
	if info, err := os.Stat(o.Out); err != nil || info.Size() == 0 {
		return err
	}
	old, err := checkpoints.OpenFile(o.Out)
	if err != nil || slices.ContainsFunc(old.Names(), func(name string) bool { return !ownTensor.MatchString(name) }) {
		err = usererror.Errorf("%s exists, and xpt embed did not write it: remove it, or name another file", o.Out)
	}
	if old != nil {
		err = errors.Join(err, old.Close())
	}
	return err
}

func runEmbed(ctx context.Context, o embedOptions, c compute, stdout, stderr io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.checkOut(); err != nil {
		return usererror.Errorf("--out: %w", err)
	}
	m, err := o.open(c, o.source, stderr)
	if err != nil {
		return err
	}
	rows, err := o.rows(m.tokenizer, m.Model.Config.VocabSize, false)
	if err != nil {
		return errors.Join(err, m.close())
	}
	tokens := 0
	for _, r := range rows {
		tokens += len(r.shown())
	}
	bar := newProgress(stderr, len(rows), "rows")
	defer bar.close()
	err = m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		if err := m.Model.Prepare(tokens, false); err != nil {
			return err
		}
		e := newEmbedder(ctx, s, m.Model, past, o, rows)
		e.progress = func(done int) { bar.set(done, "") }
		return checkpoints.WriteSafetensors(o.Out, e.tensors(), nil)
	})
	if err = errors.Join(err, m.close()); err != nil {
		return err
	}
	if o.JSON {
		return json.NewEncoder(stdout).Encode(map[string]any{"out": o.Out, "rows": len(rows), "tokens": tokens})
	}
	_, err = fmt.Fprintf(stdout, "%d rows, %d tokens: %s\n", len(rows), tokens, o.Out)
	return err
}
