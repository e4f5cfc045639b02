package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// backbone names the model of a command that needs no task's head.
type backbone struct {
	Checkpoint string `flag:"checkpoint" path:"true" help:"folder of the pretrained XGLM; a run as --adapter names its own"`
	Adapter    string `flag:"adapter" path:"true" help:"folder of a PEFT adapter, or a run of xpt train"`
}

// opened is a model with what stands in front of its texts.
type opened struct {
	*train.Learner
	base      *train.Base
	tokenizer *tokenize.Tokenizer // nil where there is none and ids need none
}

// open loads the model, and the tokenizer of the texts where s has some. What
// is left out of the checkpoint goes to messages.
func (b backbone) open(c compute, s source, messages io.Writer) (*opened, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return b.load(c, s, messages)
}

func (b backbone) load(c compute, s source, messages io.Writer) (*opened, error) {
	dev, dtype, err := c.resolve()
	if err != nil {
		return nil, err
	}
	checkpoint := b.Checkpoint
	if checkpoint == "" {
		if b.Adapter == "" {
			return nil, usererror.New("--checkpoint: name the folder of a checkpoint")
		}
		r, err := train.ReadRecord(b.Adapter)
		if err != nil {
			return nil, usererror.New("--checkpoint: name the folder that the adapter was trained on")
		}
		checkpoint = r.Options.Checkpoint
	}
	o := &opened{base: &train.Base{Dir: checkpoint, Device: dev, DType: dtype}}
	if o.tokenizer, err = s.tokenizer(checkpoint); err != nil {
		return nil, usererror.Of(err)
	}
	if o.Learner, err = o.base.Open(b.Adapter); err != nil {
		return nil, errors.Join(usererror.Of(err), o.base.Close())
	}
	if s.Text != "" {
		if err := o.tokenizer.CheckFits(o.Model.Config.VocabSize); err != nil {
			return nil, errors.Join(usererror.Errorf("%s: %w", cmp.Or(s.Tokenizer, checkpoint), err), o.close())
		}
	}
	if o.Model.Note != "" {
		fmt.Fprintln(messages, "xpt:", oneLine(checkpoint+": "+o.Model.Note))
	}
	return o, nil
}

// infer calls fn with the past of the adapter, nil without one.
func (o *opened) infer(fn func(s *libtorch.Scope, past *xglm.Past) error) error {
	return libtorch.NoGrad(o.Model.Device(), func(s *libtorch.Scope) error { return fn(s, o.Past(s)) })
}

func (o *opened) close() error { return errors.Join(o.Learner.Close(), o.base.Close()) }
