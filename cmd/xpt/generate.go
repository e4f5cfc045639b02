package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
)

type generateOptions struct {
	backbone
	source
	xpt.GenerateOptions
	JSON bool `flag:"json" help:"one JSON object a line: id, output_ids (new tokens only), of --text also text"`
}

func generateCommand() *cli.Command {
	o, c := generateOptions{GenerateOptions: xpt.GenerateDefaults()}, defaultCompute()
	return &cli.Command{
		Name:  "generate",
		Usage: "continue ids or texts",
		Description: "Greedy unless a temperature is given. A row's continuation depends neither on other rows nor on --batch, except\n" +
			"that in half types rounding may swap two tokens of equal score. A text begins with </s>, also behind an adapter's\n" +
			"prompt.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if onTerminal(ctx.App.Writer) && !ctx.IsSet("batch") {
				o.Batch = 1
			}
			return runGenerate(ctx.Context, o, c, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runGenerate(ctx context.Context, o generateOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	if err := o.Check(); err != nil {
		return err
	}
	m, rows, err := o.openRows(ctx, c, o.source, false, stderr)
	if err != nil {
		return err
	}
	v := &continuationView{m: m, o: o, rows: rows, w: stdout, bar: newProgress(stderr, len(rows), "rows", "")}
	o.Token = v.token
	defer v.bar.close()
	return errors.Join(m.GenerateEach(ctx, rows, o.GenerateOptions, v.row), m.Close())
}

// continuationView prints continuations: single rows token by token, rows of a batch when they are done.
type continuationView struct {
	m       *xpt.Model
	o       generateOptions
	rows    []xpt.Row
	w       io.Writer
	bar     *progress
	done    int    // rows
	ids     []int  // generated for the current row
	printed string // of its text
}

// text is a row with its continuation.
func (v *continuationView) text(row int, continuation []int) string {
	return v.m.Decode(slices.Concat(v.rows[row].Shown(), continuation))
}

func (v *continuationView) token(row, id int) error {
	if beside := min(v.o.Batch, len(v.rows)-row/v.o.Batch*v.o.Batch); v.o.JSON || beside > 1 {
		return nil
	}
	v.makeWay()
	v.ids = append(v.ids, id)
	text := v.text(row, v.ids)
	_, err := io.WriteString(v.w, strings.TrimPrefix(text, v.printed))
	v.printed = text
	return err
}

// makeWay removes the bar from a terminal that shows the continuations themselves.
func (v *continuationView) makeWay() {
	if onTerminal(v.w) {
		v.bar.close()
	}
}

func (v *continuationView) row(row int, c xpt.Continuation) error {
	v.makeWay()
	v.done++
	v.bar.set(v.done, "")
	if v.o.JSON {
		line := struct {
			ID   string  `json:"id"`
			IDs  []int   `json:"output_ids"`
			Text *string `json:"text,omitempty"`
		}{ID: v.rows[row].ID, IDs: c.IDs}
		if v.o.Text != "" {
			line.Text = &c.Text
		}
		return json.NewEncoder(v.w).Encode(line)
	}
	_, err := fmt.Fprintln(v.w, strings.TrimPrefix(v.text(row, c.IDs), v.printed))
	v.ids, v.printed = nil, ""
	return err
}
