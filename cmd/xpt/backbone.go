package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/softprompt"
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
	model     *xglm.Model
	prompt    softprompt.Prompt   // nil for none
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
	o := &opened{}
	if o.tokenizer, err = s.tokenizer(checkpoint); err != nil {
		return nil, usererror.Of(err)
	}
	if o.model, o.prompt, err = train.OpenBackbone(checkpoint, b.Adapter, dev, dtype); err != nil {
		return nil, usererror.Of(err)
	}
	if s.Text != "" {
		if err := o.tokenizer.CheckFits(o.model.Config.VocabSize); err != nil {
			return nil, errors.Join(usererror.Errorf("%s: %w", cmp.Or(s.Tokenizer, checkpoint), err), o.close())
		}
	}
	if o.model.Note != "" {
		fmt.Fprintln(messages, "xpt:", oneLine(checkpoint+": "+o.model.Note))
	}
	return o, nil
}

// infer calls fn with the past of the prompt, nil without one.
func (o *opened) infer(fn func(s *libtorch.Scope, past *xglm.Past) error) error {
	return libtorch.NoGrad(o.model.Device(), func(s *libtorch.Scope) error {
		if o.prompt == nil {
			return fn(s, nil)
		}
		return fn(s, o.prompt.Past(s, o.model, xglm.Mode{}))
	})
}

func (o *opened) close() error {
	if o.prompt != nil {
		o.prompt.Free()
	}
	return o.model.Close()
}
