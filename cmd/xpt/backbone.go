package main

import (
	"context"
	"fmt"
	"io"

	"xpt"
	"xpt/internal/usererror"
)

// backbone names the checkpoint and the adapter of a command that needs no head.
type backbone struct {
	Checkpoint string `flag:"checkpoint" path:"true" help:"folder of the pretrained XGLM, or its name on the hub; a run given as --adapter has its own"`
	Adapter    string `flag:"adapter" path:"true" help:"folder of a PEFT adapter, or a run of xpt train"`
}

// open loads the model for the rows of s. It writes a note about ignored tensors of the checkpoint to messages.
func (b backbone) open(c xpt.Compute, s source, messages io.Writer) (*xpt.Model, error) {
	o := xpt.Options{Compute: c, Adapter: b.Adapter, Tokenizer: s.Tokenizer, IDs: s.IDs != ""}
	if b.Checkpoint == "" {
		if b.Adapter == "" {
			return nil, usererror.New("--checkpoint: name the folder of a checkpoint")
		}
		if _, err := xpt.ReadRecord(b.Adapter); err != nil {
			return nil, usererror.New("--checkpoint: name the folder that the adapter was trained on")
		}
	}
	m, err := xpt.Open(b.Checkpoint, o)
	if err == nil && m.Note() != "" {
		fmt.Fprintln(messages, "xpt:", oneLine(m.Checkpoint()+": "+m.Note()))
	}
	return m, err
}

// openRows loads the model and reads the rows of s; see [source.rows] for prefixed.
func (b backbone) openRows(ctx context.Context, c xpt.Compute, s source, prefixed bool, messages io.Writer) (*xpt.Model, []xpt.Row, error) {
	if err := s.check(); err != nil {
		return nil, nil, err
	}
	m, err := b.open(c, s, messages)
	if err != nil {
		return nil, nil, err
	}
	rows, err := s.rows(ctx, m, prefixed, messages)
	if err != nil {
		m.Close()
		return nil, nil, err
	}
	return m, rows, nil
}
