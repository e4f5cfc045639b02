package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/heads"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/internal/usererror"
	"xpt/softprompt"
	"xpt/xglm"
)

// Base is a pretrained checkpoint that learners are made on. What leaves the
// backbone as it is shares one model, loaded when it is first asked for; what
// trains it has one of its own. Of the learners that share it one is trained
// at a time.
type Base struct {
	Dir       string
	Tokenizer *tokenize.Tokenizer // nil where rows of ids are all that is learned from
	device    libtorch.Device
	dtype     libtorch.DType
	frozen    *xglm.Model // nil before it is asked for
}

// OpenBase loads a checkpoint's tokenizer, and nothing of its weights yet.
func OpenBase(dir string, dev libtorch.Device, dtype libtorch.DType) (*Base, error) {
	tokenizer, err := tokenize.Load(dir, tokenize.Auto)
	if err != nil {
		return nil, err
	}
	return &Base{Dir: dir, Tokenizer: tokenizer, device: dev, dtype: dtype}, nil
}

// Frozen is the pretrained model, which must stay as it is.
func (b *Base) Frozen() (m *xglm.Model, err error) {
	if b.frozen == nil {
		if b.frozen, err = xglm.Load(b.Dir, xglm.Options{Device: b.device, DType: b.dtype}); err != nil {
			return nil, err
		}
	}
	return b.frozen, nil
}

// Close frees the frozen model; learners on it must be closed before.
func (b *Base) Close() error {
	if b.frozen == nil {
		return nil
	}
	return b.frozen.Close()
}

// model is the backbone of a learner, and whether the learner owns it. weights
// names the file that a fine-tuned backbone is in, if it is trained already.
func (b *Base) model(o Options, weights string) (m *xglm.Model, own bool, err error) {
	if o.Method != "full" {
		m, err = b.Frozen()
		return m, false, err
	}
	how := xglm.Options{Device: b.device, DType: b.dtype, Trainable: true, Weights: weights}
	if !o.FromScratch || weights != "" {
		m, err = xglm.Load(b.Dir, how)
		return m, true, err
	}
	config, err := xglm.LoadConfig(b.Dir)
	if err != nil {
		return nil, false, err
	}
	m, err = xglm.New(config, libtorch.Seed(o.Seed), how)
	return m, true, err
}

// Learner makes a fresh prompt and head for the task's labels, as the resolved
// options say.
func (b *Base) Learner(o Options, task datasets.Task) (*Learner, error) {
	return b.learner(o, task, "")
}

func (b *Base) learner(o Options, task datasets.Task, weights string) (*Learner, error) {
	pool, err := heads.ParseSubToken(o.Pool)
	if err != nil {
		return nil, err
	}
	m, own, err := b.model(o, weights)
	if err != nil {
		return nil, err
	}
	l := &Learner{Encoder: Encoder{b.Tokenizer, task, pool, o.MaxLength}, Model: m, method: o.Method}
	if own {
		l.release = m.Close
	}
	if err := b.complete(l, o); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// complete gives a learner what its options ask for beside the backbone.
func (b *Base) complete(l *Learner, o Options) (err error) {
	m := l.Model
	if b.Tokenizer != nil {
		if err := b.Tokenizer.CheckFits(m.Config.VocabSize); err != nil {
			return fmt.Errorf("%s: %w", b.Dir, err)
		}
	}
	l.mode = m.Config.TrainingMode()
	if o.Dropout >= 0 {
		l.mode.Dropout, l.mode.AttentionDropout = o.Dropout, o.Dropout
		l.mode.ActivationDropout = min(l.mode.ActivationDropout, o.Dropout)
	}
	l.mode.GradientCheckpointing = o.Recompute
	seed := libtorch.Seed(o.Seed)
	l.Prompt, err = newPrompt(o, m, b.Tokenizer, seed.Stream(o.Method, 0))
	if err == nil && l.Task.Kind != datasets.LanguageModeling {
		l.Head, err = heads.New(b.device, len(l.Task.Labels), m.Config.DModel, seed.Stream("head", 0))
	}
	return err
}

// Open loads what the run in dir trained. A backbone with other weights than
// those that it was trained on is refused.
func (b *Base) Open(dir string) (*Learner, Record, error) {
	r, err := readTrained(dir)
	if err != nil {
		return nil, r, err
	}
	l, err := b.open(dir, r)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	return l, r, nil
}

func (b *Base) open(dir string, r Record) (l *Learner, err error) {
	weights, err := r.weights(dir, b.Dir)
	if err != nil {
		return nil, err
	}
	task, err := datasets.Lookup(r.Options.Task)
	if err != nil {
		return nil, err
	}
	ck, err := checkpoints.OpenFile(filepath.Join(dir, bestFile))
	if err != nil {
		return nil, err
	}
	defer ck.Close()
	if err := r.checkHead(ck, task); err != nil { // before there is one of that size
		return nil, err
	}
	o := r.Options
	o.Init, o.InitText, o.Reparametrise = "zero", "", 0 // the values follow
	if l, err = b.learner(o, task.WithLabels(r.Labels), weights); err != nil {
		return nil, err
	}
	params := l.headParameters()
	if l.Prompt != nil {
		params = append(params, xglm.Parameter{Name: softprompt.ValuesName, Tensor: l.Prompt.Parameters()[0].Tensor})
	}
	for _, p := range params {
		if err := read(ck, p.Name, p.Tensor); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	return l, nil
}

// checkHead holds a record's labels against the head that the run trained.
func (r Record) checkHead(ck *checkpoints.Checkpoint, task datasets.Task) error {
	if task.Kind == datasets.LanguageModeling {
		return nil
	}
	bias, err := ck.Info(headBiasName)
	if err != nil {
		return err
	}
	if !slices.Equal(bias.Shape, []int{len(r.Labels)}) {
		return usererror.Errorf("%s has %d labels, and the head in %s has shape %v", recordFile, len(r.Labels), bestFile, bias.Shape)
	}
	return nil
}

// Open is [Base.Open] on a base that the learner has for itself.
func Open(dir string, dev libtorch.Device, dtype libtorch.DType) (*Learner, Record, error) {
	r, err := readTrained(dir)
	if err != nil {
		return nil, r, err
	}
	b, err := OpenBase(r.Options.Checkpoint, dev, dtype)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	l, r, err := b.Open(dir)
	if err != nil {
		return nil, r, errors.Join(err, b.Close())
	}
	if l.release == nil {
		l.release = b.Close
	}
	return l, r, nil
}
