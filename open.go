package xpt

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"

	"xpt/internal/compute"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// Compute says what is computed on. The zero value suits the machine.
type Compute struct {
	Device  string `flag:"device" help:"auto, cpu, cuda or cuda:n"`
	DType   string `flag:"dtype" help:"auto, float32, bfloat16 or float16; auto is bfloat16 where the hardware has it"`
	Threads int    `flag:"threads" range:"[0,]" help:"threads per operation, at most one per core; 0: one per core"`
	Ranks   *Ranks // processes that share trainings, evaluations, predictions and scores; nil: this one alone
}

func (c Compute) resolve() (libtorch.Device, libtorch.DType, error) {
	return compute.Resolve(c.deviceOfRank(), c.DType, c.Threads)
}

// deviceOfRank is the device; of several processes of a machine that are given no GPU by number each has its own.
func (c Compute) deviceOfRank() string {
	if c.Ranks == nil || c.Device != "" && c.Device != "auto" && c.Device != "cuda" {
		return c.Device
	}
	if dev, err := libtorch.ParseDevice(cmp.Or(c.Device, "auto")); err != nil || !dev.IsCUDA() {
		return c.Device
	}
	gpus, err := libtorch.GPUs()
	if err != nil || gpus == 0 {
		return c.Device
	}
	return fmt.Sprintf("cuda:%d", c.Ranks.group.LocalRank%gpus)
}

// Options say how a checkpoint is opened.
type Options struct {
	Compute
	// Adapter is the folder of a PEFT adapter or of a run, whose soft prompt stands before every text,
	// whose factors change the layers or whose weights are taken; empty: none.
	Adapter string
	// Tokenizer is the file or folder of another tokenizer; empty: the checkpoint's.
	Tokenizer string
	// IDs says that rows come as token ids, so that no tokenizer is needed. Where one is there it is
	// used for what is generated.
	IDs bool
}

// Model is an XGLM checkpoint with the soft prompt, factors, weights or head that were trained on it. Any
// number of goroutines may use it.
type Model struct {
	learner   *train.Learner
	base      *train.Base         // nil where the learner closes its own
	tokenizer *tokenize.Tokenizer // nil where there is none
	noTexts   error               // why texts cannot be read
	run       string              // folder of the run that was opened; empty: none
	record    training.Record     // its

	mu     sync.RWMutex // write-locked by Close alone
	closed bool
}

// Open loads a checkpoint's folder: config.json, weights in any form that package checkpoints reads,
// and a tokenizer. An empty name is the checkpoint of the run that Adapter names, as [OpenRun] finds it. Close
// the model when it is no longer used.
func Open(checkpoint string, o Options) (*Model, error) {
	dev, dtype, err := o.Compute.resolve()
	if err != nil {
		return nil, err
	}
	if checkpoint == "" {
		r, err := train.ReadRecord(o.Adapter)
		if err == nil {
			checkpoint, err = train.Checkpoint(r, o.Adapter)
		}
		if err != nil {
			return nil, usererror.Of(err)
		}
	}
	if _, err := xglm.LoadConfig(checkpoint); err != nil { // a folder that is no checkpoint has no tokenizer either
		return nil, usererror.Of(err)
	}
	m := &Model{base: &train.Base{Dir: checkpoint, Device: dev, DType: dtype}}
	folder := cmp.Or(o.Tokenizer, checkpoint)
	if m.tokenizer, m.noTexts = tokenize.Load(folder, tokenize.Auto); m.noTexts != nil {
		m.noTexts, m.tokenizer = usererror.Of(m.noTexts), nil
		if !o.IDs || o.Tokenizer != "" {
			return nil, m.noTexts
		}
	}
	if m.learner, err = m.base.Open(o.Adapter); err != nil {
		return nil, errors.Join(usererror.Of(err), m.base.Close())
	}
	m.learner.ShareOver(o.Ranks.of())
	m.learner.Tokenizer = m.tokenizer
	if m.learner.Task.Name != "" {
		m.run = o.Adapter
		if m.record, err = train.ReadRecord(m.run); err != nil {
			return nil, errors.Join(usererror.Of(err), m.Close())
		}
	}
	if m.tokenizer != nil {
		if err := m.tokenizer.CheckFits(m.Config().VocabSize); err != nil {
			m.noTexts = usererror.Errorf("%s: %w", folder, err)
		}
	}
	if !o.IDs && m.noTexts != nil {
		return nil, errors.Join(m.noTexts, m.Close())
	}
	return m, nil
}

// OpenRun loads what a training left in the run's folder, on the checkpoint that it names. Where that is
// gone or holds other weights, the same weights are looked for beside the run, in the working folder and its
// checkpoints/, and in the Hugging Face cache.
func OpenRun(run string, c Compute) (*Model, error) { return OpenRunOn("", run, c) }

// OpenRunOn is [OpenRun] on a given checkpoint, which must hold the weights that the run was trained on. Of a
// run of full fine-tuning it gives config.json and the tokenizer only.
func OpenRunOn(checkpoint, run string, c Compute) (*Model, error) {
	dev, dtype, err := c.resolve()
	if err != nil {
		return nil, err
	}
	l, r, err := train.OpenRun(run, checkpoint, dev, dtype)
	return opened(l, r, run, c.Ranks, err)
}

// AdapterOptions say of a PEFT adapter what its files do not; one that [Convert] wrote of a run says all of it.
type AdapterOptions struct {
	Compute
	Checkpoint string // folder of the backbone; empty: the one that the adapter names
	Task       string // that the head is for
	Pool       string // which sub-token of a word is tagged: last or first; empty: last
}

// OpenAdapter loads a PEFT adapter with a head among its modules_to_save, a classifier or score, for
// [Model.Predict] and [Model.Evaluate]. Its labels are those of id2label in its config.json or the
// checkpoint's, or else the task's.
func OpenAdapter(folder string, o AdapterOptions) (*Model, error) {
	dev, dtype, err := o.Compute.resolve()
	if err != nil {
		return nil, err
	}
	l, r, err := train.OpenAdapter(folder, train.AdapterUse{Checkpoint: o.Checkpoint, Task: o.Task, Pool: o.Pool}, dev, dtype)
	return opened(l, r, folder, o.Ranks, err)
}

func opened(l *train.Learner, r training.Record, run string, share *Ranks, err error) (*Model, error) {
	if err != nil {
		return nil, usererror.Of(err)
	}
	l.ShareOver(share.of())
	return &Model{learner: l, tokenizer: l.Tokenizer, run: run, record: r}, nil
}

// Close frees the model, once no call uses it any more. A second Close does nothing.
func (m *Model) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.learner == nil {
		return nil
	}
	m.closed = true
	err := m.learner.Close()
	if m.base != nil {
		err = errors.Join(err, m.base.Close())
	}
	return err
}

// errNotOpen is what a zero Model says.
var errNotOpen = usererror.New("the model was not opened: make it with Open or OpenRun")

// use calls fn while the model stays open.
func (m *Model) use(fn func() error) error {
	if m.learner == nil {
		return errNotOpen
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.closed {
		return usererror.New("the model was closed")
	}
	return fn()
}

// infer calls fn with the past key values of the soft prompt, nil without one.
func (m *Model) infer(fn func(s *libtorch.Scope, past *xglm.Past) error) error {
	return m.use(func() error {
		return libtorch.NoGrad(m.learner.Model.Device(), func(s *libtorch.Scope) error { return fn(s, m.learner.Past(s)) })
	})
}

// Config returns the sizes of the model.
func (m *Model) Config() xglm.Config { return m.learner.Model.Config }

// Checkpoint returns the folder of the backbone.
func (m *Model) Checkpoint() string {
	if m.base != nil {
		return m.base.Dir
	}
	return m.record.Options.Checkpoint
}

// Device returns what is computed on: cpu or cuda:n.
func (m *Model) Device() string { return m.learner.Model.Device().String() }

// DType returns the type that activations are computed in, such as float32.
func (m *Model) DType() string { return m.learner.Model.DType().String() }

// Note says what of the checkpoint's files was left out; empty: nothing.
func (m *Model) Note() string { return m.learner.Model.Note }

// Decode returns the text of token ids or, without a tokenizer, their numbers.
func (m *Model) Decode(ids []int) string {
	if m.tokenizer == nil {
		return strings.Trim(fmt.Sprint(ids), "[]")
	}
	return m.tokenizer.Decode(ids)
}
