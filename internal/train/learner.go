package train

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"

	"xpt/checkpoints"
	"xpt/heads"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/internal/usererror"
	"xpt/softprompt"
	"xpt/xglm"
)

// Learner is what is trained and evaluated: a backbone, perhaps a prompt, and
// a head, with the encoder that feeds them.
type Learner struct {
	Encoder
	Model   *xglm.Model
	Prompt  softprompt.Prompt // nil with the methods full and head
	Head    *heads.Linear     // nil for language modelling, whose head is the model's
	method  string
	mode    xglm.Mode    // of a training's forwards
	release func() error // frees the model; nil where it is shared
}

// newPrompt makes the prompt that a method trains, nil where it has none.
func newPrompt(o Options, m *xglm.Model, tokenizer *tokenize.Tokenizer, rng *rand.Rand) (softprompt.Prompt, error) {
	init := softprompt.Init{Kind: o.Init}
	if o.InitText != "" {
		init.Text = tokenizer.Encode(o.InitText).IDs
	}
	switch {
	case o.Method == "prompt" && o.Reparametrise > 0:
		return softprompt.NewEncodedInput(m, o.PromptLength, o.Reparametrise, rng)
	case o.Method == "prompt":
		return softprompt.NewInput(m, o.PromptLength, init, rng)
	case o.Method == "prefix" && o.Reparametrise > 0:
		return softprompt.NewEncodedPrefix(m, o.PromptLength, o.Reparametrise, rng)
	case o.Method == "prefix":
		return softprompt.NewPrefix(m, o.PromptLength, init, rng)
	}
	return nil, nil
}

// The names of the head in files: those that HuggingFace gives a token
// classifier's.
const (
	headWeightName = "classifier.weight"
	headBiasName   = "classifier.bias"
)

// headParameters lists the head's parameters.
func (l *Learner) headParameters() []xglm.Parameter {
	if l.Head == nil {
		return nil
	}
	return []xglm.Parameter{{Name: headWeightName, Tensor: l.Head.Weight}, {Name: headBiasName, Tensor: l.Head.Bias}}
}

// bodyParameters lists what is trained beside the head: a prompt, or the backbone.
func (l *Learner) bodyParameters() []xglm.Parameter {
	switch {
	case l.Prompt != nil:
		return l.Prompt.Parameters()
	case l.method == "full":
		return l.Model.Parameters()
	}
	return nil
}

// Parameters lists all that is trained.
func (l *Learner) Parameters() []xglm.Parameter {
	return append(l.bodyParameters(), l.headParameters()...)
}

// Counts are numbers of parameters.
type Counts struct {
	Backbone int `json:"backbone"` // of the pretrained model
	Body     int `json:"body"`     // trained in the prompt or the backbone
	Head     int `json:"head"`     // trained in the head
}

// Share is the trained part of all parameters, prompt and head counted in.
func (c Counts) Share() float64 {
	all := max(c.Backbone, c.Body) + c.Head
	if c.Body < c.Backbone {
		all += c.Body
	}
	return float64(c.Body+c.Head) / float64(all)
}

// Counts counts what is trained.
func (l *Learner) Counts() Counts {
	size := func(params []xglm.Parameter) (n int) {
		for _, p := range params {
			n += xglm.TensorSpec{Shape: p.Tensor.Shape()}.Elements()
		}
		return n
	}
	return Counts{Backbone: size(l.Model.Parameters()), Body: size(l.bodyParameters()), Head: size(l.headParameters())}
}

// past is the prompt's, nil without one.
func (l *Learner) past(s *libtorch.Scope, mode xglm.Mode) *xglm.Past {
	if l.Prompt == nil {
		return nil
	}
	return l.Prompt.Past(s, l.Model, mode)
}

// logits are the scores [R, C] of the positions that b reads, in training.
func (l *Learner) logits(s *libtorch.Scope, b xglm.Batch) *libtorch.Tensor {
	return l.head(s, l.Model.Forward(s, b, l.past(s, l.mode), l.mode))
}

// head gives the scores [R, C] of hidden states [R, d].
func (l *Learner) head(s *libtorch.Scope, hidden *libtorch.Tensor) *libtorch.Tensor {
	if l.Head == nil {
		return l.Model.Logits(s, hidden)
	}
	return l.Head.Logits(s, hidden)
}

// Predict returns the best label of every position that each item reads. The
// prompt runs once for all. report is told after each batch how many items are
// done.
func (l *Learner) Predict(ctx context.Context, items []Item, report func(done int)) ([][]int, error) {
	predicted := make([][]int, len(items))
	err := l.each(ctx, items, report, func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, _ []int) {
		best := s.Argmax(logits).Int64s()
		for _, i := range which {
			row := make([]int, len(items[i].Read))
			for j := range row {
				row[j] = int(best[j])
			}
			predicted[i], best = row, best[len(row):]
		}
	})
	return predicted, err
}

// Loss returns the mean loss over all targets of the items.
func (l *Learner) Loss(ctx context.Context, items []Item) (float64, error) {
	var sum float64
	var count int
	err := l.each(ctx, items, nil, func(s *libtorch.Scope, _ []int, logits *libtorch.Tensor, targets []int) {
		if n := (Item{Targets: targets}).targets(); n > 0 {
			sum += s.CrossEntropy(logits, s.Ints(targets), 0).Item() * float64(n)
			count += n
		}
	})
	if err != nil {
		return 0, err
	}
	if count == 0 {
		return 0, usererror.New("no labels to compute a loss from")
	}
	if !finite(sum) {
		return 0, l.Model.NotFinite()
	}
	return sum / float64(count), nil
}

// each runs the items through the model in batches. Logits that are no numbers
// are an error.
func (l *Learner) each(ctx context.Context, items []Item, report func(done int), fn func(s *libtorch.Scope, which []int, logits *libtorch.Tensor, targets []int)) error {
	ids, tokens := make([][]int, len(items)), 0
	for i, item := range items {
		ids[i] = item.IDs
		tokens += len(item.IDs)
	}
	if err := l.Model.Prepare(tokens, false); err != nil {
		return err
	}
	return libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		past := l.past(s, xglm.Mode{})
		done := 0
		for _, which := range l.Model.Batches(ids) {
			if err := ctx.Err(); err != nil {
				return err
			}
			rows := make([]Item, len(which))
			for i, k := range which {
				rows[i] = items[k]
			}
			b, targets := batch(rows)
			sound := true
			s.Do(func(in *libtorch.Scope) {
				hidden := l.Model.Forward(in, b, past, xglm.Mode{})
				logits := l.head(in, hidden)
				checked := hidden // as the language model's scores are many
				if l.Head != nil {
					checked = logits
				}
				if sound = xglm.AllFinite(in, checked); sound {
					fn(in, which, logits, targets)
				}
			})
			if !sound {
				return l.Model.NotFinite()
			}
			done += len(which)
			if report != nil {
				report(done)
			}
		}
		return nil
	})
}

// save writes what a run is for to a file, in float32: a prompt's values
// without the encoder that made them, the head, with method full the backbone.
func (l *Learner) save(path string) error {
	return libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		params := l.Parameters()
		if l.Prompt != nil {
			params = append([]xglm.Parameter{{Name: softprompt.ValuesName, Tensor: l.Prompt.Values(s)}}, l.headParameters()...)
		}
		var tensors []checkpoints.TensorWriter
		for _, p := range params {
			tensors = append(tensors, writer(p.Name, p.Tensor))
		}
		return checkpoints.WriteSafetensors(path, tensors, nil)
	})
}

// writer is a float32 tensor for a file, written out of libtorch's memory.
func writer(name string, t *libtorch.Tensor) checkpoints.TensorWriter {
	return checkpoints.TensorWriter{Name: name, DType: checkpoints.F32, Shape: t.Shape(), Write: func(w io.Writer) error {
		_, err := t.WriteTo(w)
		return err
	}}
}

// read overwrites t with the tensor of a file.
func read(ck *checkpoints.Checkpoint, name string, t *libtorch.Tensor) error {
	stored, err := ck.Tensor(name)
	if err != nil {
		return err
	}
	if !slices.Equal(stored.Shape, t.Shape()) {
		return usererror.Errorf("tensor %s has shape %v, and %v is wanted", name, stored.Shape, t.Shape())
	}
	if err := stored.CheckFinite(); err != nil {
		return err
	}
	return t.SetFloat32s(checkpoints.Float32s(stored))
}

// Close frees all but a model that others share.
func (l *Learner) Close() error {
	if l.Prompt != nil {
		l.Prompt.Free()
	}
	if l.Head != nil {
		l.Head.Free()
	}
	if l.release != nil {
		return l.release()
	}
	return nil
}
