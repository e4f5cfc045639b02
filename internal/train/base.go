package train

import (
	"errors"
	"fmt"
	"path/filepath"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/random"
	"xpt/internal/ranks"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Base is a pretrained checkpoint that learners are made on. What leaves the backbone as it is shares
// one model, loaded when it is first asked for; what trains it has one of its own.
type Base struct {
	Dir       string
	Tokenizer *tokenize.Tokenizer // nil where rows of ids are all that is computed on
	Device    libtorch.Device
	DType     libtorch.DType

	Ranks *ranks.Group // that learners share their work with; nil: none

	frozen *xglm.Model // nil before it is asked for
}

// OpenBase loads a checkpoint's tokenizer, and nothing of its weights yet.
func OpenBase(dir string, dev libtorch.Device, dtype libtorch.DType) (*Base, error) {
	if _, err := xglm.LoadConfig(dir); err != nil { // a folder that is no checkpoint has no tokenizer either
		return nil, err
	}
	tokenizer, err := tokenize.Load(dir, tokenize.Auto)
	if err != nil {
		return nil, err
	}
	return &Base{Dir: dir, Tokenizer: tokenizer, Device: dev, DType: dtype}, nil
}

// Frozen is the pretrained model, which must stay as it is.
func (b *Base) Frozen() (m *xglm.Model, err error) {
	if b.frozen == nil {
		b.frozen, err = xglm.Load(b.Dir, xglm.Options{Device: b.Device, DType: b.DType})
	}
	return b.frozen, err
}

// Close frees the frozen model; learners on it must be closed before. The base can be used again, and loads it anew.
func (b *Base) Close() error {
	if b.frozen == nil {
		return nil
	}
	frozen := b.frozen
	b.frozen = nil
	return frozen.Close()
}

// Learner makes a fresh adapter and head for the task's labels, as the resolved options say.
func (b *Base) Learner(o training.Options, task datasets.Task) (*Learner, error) {
	method, err := LookupMethod(o.Method)
	if err != nil {
		return nil, fmt.Errorf("method %w", err)
	}
	l, err := b.learner(method, func() (*xglm.Model, error) { return b.trainable(o) })
	if err != nil {
		return nil, err
	}
	if err := b.start(l, method, o, task); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	l.ShareOver(b.Ranks)
	return l, nil
}

// learner makes a learner of the backbone alone; load gives one that the method trains.
func (b *Base) learner(method Method, load func() (*xglm.Model, error)) (l *Learner, err error) {
	l = &Learner{adapter: noAdapter{}}
	if method.TrainsBackbone {
		if l.Model, err = load(); err == nil {
			l.release = l.Model.Close
		}
		return l, err
	}
	l.Model, err = b.Frozen()
	return l, err
}

// trainable is a model of the checkpoint's weights, or of random ones, to be trained.
func (b *Base) trainable(o training.Options) (*xglm.Model, error) {
	how := xglm.Options{Device: b.Device, DType: b.DType, Trainable: true}
	if !o.FromScratch {
		return xglm.Load(b.Dir, how)
	}
	config, err := xglm.LoadConfig(b.Dir)
	if err != nil {
		return nil, err
	}
	return xglm.New(config, random.Seed(o.Seed).Stream("backbone", 0), how)
}

// start gives a learner what is trained, as it is before the first step.
func (b *Base) start(l *Learner, method Method, o training.Options, task datasets.Task) (err error) {
	if l.Encoder, err = b.encoder(o, task, l.Model); err != nil {
		return err
	}
	m := l.Model
	l.mode = m.Config.TrainingMode()
	if o.Dropout >= 0 {
		l.mode.Dropout, l.mode.AttentionDropout = o.Dropout, o.Dropout
		l.mode.ActivationDropout = min(l.mode.ActivationDropout, o.Dropout)
	}
	l.mode.AdapterDropout = o.LoRADropout
	l.mode.GradientCheckpointing = o.Recompute
	seed := random.Seed(o.Seed)
	a, err := method.start(o, m, b.Tokenizer, seed.Stream(o.Method, 0))
	if err != nil {
		return err
	}
	l.adapt(a)
	if task.HasLabels() && !o.LabelsByWords {
		l.Head, err = heads.New(b.Device, len(task.Labels), m.Config.DModel, seed.Stream("head", 0))
	}
	return err
}

func (b *Base) encoder(o training.Options, task datasets.Task, m *xglm.Model) (e Encoder, err error) {
	if b.Tokenizer != nil {
		if err := b.Tokenizer.CheckFits(m.Config.VocabSize); err != nil {
			return e, fmt.Errorf("%s: %w", b.Dir, err)
		}
	}
	pool, err := heads.ParseSubToken(o.Pool)
	if err != nil {
		return e, err
	}
	words, err := wordsOf(o)
	return Encoder{b.Tokenizer, task, pool, o.MaxLength, words}, err
}

// Open gives the checkpoint with what adapter holds, for work without a task's labels: "" for
// nothing, the folder of a PEFT adapter, which gives its prompt, or that of a run.
func (b *Base) Open(adapter string) (*Learner, error) {
	if adapter != "" && !checkpoints.IsAdapter(adapter) {
		if _, err := ReadRecord(adapter); err != nil {
			if below := checkpoints.AdapterBelow(adapter); below != "" {
				return nil, usererror.Errorf("%s holds no adapter itself, it is in a sub-folder: name %s", adapter, below)
			}
			return nil, fmt.Errorf("%w, nor does it hold a PEFT adapter", err)
		}
		l, _, err := b.OpenRun(adapter)
		return l, err
	}
	l, err := b.learner(Method{}, nil)
	if err != nil || adapter == "" {
		return l, err
	}
	a, err := openPEFT(l.Model, adapter)
	if err != nil {
		return nil, err
	}
	l.adapt(a)
	return l, nil
}

// OpenRun loads what the run in dir trained. A backbone with other weights than those that it was
// trained on is refused.
func (b *Base) OpenRun(dir string) (*Learner, training.Record, error) {
	r, err := readTrained(dir)
	if err != nil {
		return nil, r, err
	}
	l, err := b.openRun(dir, r)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	return l, r, nil
}

func (b *Base) openRun(dir string, r training.Record) (*Learner, error) {
	method, err := LookupMethod(r.Options.Method)
	if err != nil {
		return nil, fmt.Errorf("method %w", err)
	}
	if !method.TrainsBackbone {
		if err := checkBackbone(r, b.Dir); err != nil {
			return nil, err
		}
	}
	path := filepath.Join(dir, bestFile)
	saved, err := checkpoints.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer saved.Close()
	l, err := b.learner(method, func() (*xglm.Model, error) {
		return xglm.Load(b.Dir, xglm.Options{Device: b.Device, DType: b.DType, Weights: path})
	})
	if err != nil {
		return nil, err
	}
	if err := b.restore(l, method, r, saved); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// restore gives a learner what the run of r saved.
func (b *Base) restore(l *Learner, method Method, r training.Record, saved *checkpoints.Checkpoint) error {
	if err := checkComputation(r, b.Dir, l.Model.Config.Computation()); err != nil {
		return err
	}
	task, err := datasets.Lookup(r.Options.Task)
	if err != nil {
		return err
	}
	if l.Encoder, err = b.encoder(r.Options, task.WithLabels(r.Labels), l.Model); err != nil {
		return err
	}
	if task.HasLabels() && !l.byWords() {
		if l.Head, err = openHead(saved, b.Device, len(r.Labels), l.Model.Config.DModel); err != nil {
			return err
		}
	}
	a, err := method.open(r.Options, l.Model, saved)
	if err != nil {
		return err
	}
	l.adapt(a)
	return nil
}

// OpenRun is [Base.OpenRun] on a base that the learner has for itself: checkpoint, or where that is empty the
// one that [Locate] finds, which the returned record names.
func OpenRun(dir, checkpoint string, dev libtorch.Device, dtype libtorch.DType) (*Learner, training.Record, error) {
	r, err := ReadRecord(dir)
	if err != nil {
		return nil, r, err
	}
	if checkpoint, err = Locate(r, dir, checkpoint, needsWeights(r)); err != nil {
		return nil, r, err
	}
	b, err := OpenBase(checkpoint, dev, dtype)
	if err != nil {
		return nil, r, fmt.Errorf("run %s: %w", dir, err)
	}
	l, r, err := b.OpenRun(dir)
	if err != nil {
		return nil, r, errors.Join(err, b.Close())
	}
	if l.release == nil {
		l.release = b.Close
	}
	r.Options.Checkpoint = checkpoint
	return l, r, nil
}
