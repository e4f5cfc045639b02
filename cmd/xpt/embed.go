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

	"xpt"
	"xpt/checkpoints"
	"xpt/internal/usererror"
)

type embedOptions struct {
	backbone
	source
	xpt.EmbedOptions
	Out  string `flag:"out" path:"true" help:"safetensors file to write"`
	JSON bool   `flag:"json" help:"report as a line of JSON"`
}

func embedCommand() *cli.Command {
	o, c := embedOptions{EmbedOptions: xpt.EmbedDefaults()}, defaultCompute()
	return &cli.Command{
		Name:  "embed",
		Usage: "write hidden states, sentence vectors or logits of ids or texts",
		Description: "Writes float32 tensors ID.hidden [T, d] (with --layers all: ID.hidden.0 to ID.hidden.L) and, with --logits, ID.logits [T, V];\n" +
			"with --pool the hidden states are [d]. A text's ID is the number of its line, and its tokens begin with </s>.\n" +
			"Padding is never computed, because the padding mask hides it. It can only shift positions: HF's forward counts columns\n" +
			"(--positions arange), so left padding shifts the text, and HF's generate counts tokens (--positions mask), so padding\n" +
			"changes nothing. --pad left|right gives the values of one padded batch of all rows; an attention_mask in an --ids line is\n" +
			"that row's padding mask. Tensors have a row for each input id, zeros where the mask is 0.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			return runEmbed(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func (o embedOptions) check() error {
	if o.Out == "" {
		return usererror.New("--out is missing: name the safetensors file to write")
	}
	return o.Check()
}

// ownTensor matches the names of tensors that xpt embed writes.
var ownTensor = regexp.MustCompile(`\.(hidden(\.[0-9]+)?|logits)$`)

// checkOut refuses to replace a file that is neither empty nor written by xpt embed.
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

func runEmbed(ctx context.Context, o embedOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.checkOut(); err != nil {
		return usererror.Errorf("--out: %w", err)
	}
	m, rows, err := o.openRows(ctx, c, o.source, false, stderr)
	if err != nil {
		return err
	}
	bar := newProgress(stderr, len(rows), "rows", "")
	o.Progress = func(done int) { bar.set(done, "") }
	tokens, err := m.WriteEmbeddings(ctx, o.Out, rows, o.EmbedOptions)
	bar.close()
	if err = errors.Join(err, m.Close()); err != nil {
		return err
	}
	if o.JSON {
		return json.NewEncoder(stdout).Encode(map[string]any{"out": o.Out, "rows": len(rows), "tokens": tokens})
	}
	_, err = fmt.Fprintf(stdout, "%d rows, %d tokens: %s\n", len(rows), tokens, o.Out)
	return err
}
