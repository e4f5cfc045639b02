package train

import (
	"slices"

	"xpt/heads"
	"xpt/internal/ranks"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// Learner is what is trained and evaluated: a backbone with what a method trains beside it, and a
// head, with the encoder that feeds them.
type Learner struct {
	Encoder
	Model   *xglm.Model
	Head    *heads.Linear // nil for language modelling and labels by words, whose head is the model's
	adapter adapter
	mode    xglm.Mode    // of training steps
	Ranks   *ranks.Group // processes that share the work, see ShareOver; nil: this one alone
	release func() error // frees the model; nil where it is shared
}

// The names of the head in files: those that HuggingFace gives a token classifier's.
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

// Parameters lists all that is trained: the adapter's parameters, then the head's.
func (l *Learner) Parameters() []xglm.Parameter {
	return append(l.adapter.Parameters(), l.headParameters()...)
}

// Counts counts what is trained.
func (l *Learner) Counts() training.Counts {
	size := func(params []xglm.Parameter) (n int) {
		for _, p := range params {
			n += xglm.TensorSpec{Shape: p.Tensor.Shape()}.Elements()
		}
		return n
	}
	backbone, adapted := l.Model.Parameters(), l.adapter.Parameters()
	counts := training.Counts{Backbone: size(backbone), Adapted: size(adapted), Head: size(l.headParameters())}
	if counts.Adapted < counts.Backbone {
		counts.InPlace = size(slices.DeleteFunc(slices.Clone(adapted), func(p xglm.Parameter) bool {
			return !slices.ContainsFunc(backbone, func(own xglm.Parameter) bool { return own.Name == p.Name })
		}))
	}
	return counts
}

// Past is the KV cache that every row sees in inference, nil for none.
func (l *Learner) Past(s *libtorch.Scope) *xglm.Past { return l.adapter.Past(s, l.Model, xglm.Mode{}) }

// adapt gives the learner its adapter.
func (l *Learner) adapt(a adapter) { l.adapter, l.Model = a, a.Adapt(l.Model) }

// logits are the scores [R, C] of the hidden states that items read, or [n, C] of n items with labels by words.
func (l *Learner) logits(s *libtorch.Scope, hidden *libtorch.Tensor, items []Item) *libtorch.Tensor {
	if l.byWords() {
		return wordLogits(s, l.Model, hidden, items)
	}
	if l.Head == nil {
		return l.Model.Logits(s, hidden)
	}
	return l.Head.Logits(s, hidden)
}

// ShareOver spreads training steps and inference over the processes of g; nil: none.
func (l *Learner) ShareOver(g *ranks.Group) {
	if l.Ranks = g; g != nil {
		l.Model.ShareOver(g)
	}
}

// Close frees all but a model that others share.
func (l *Learner) Close() error {
	l.adapter.Free()
	if l.Head != nil {
		l.Head.Free()
	}
	if l.release != nil {
		return l.release()
	}
	return nil
}
