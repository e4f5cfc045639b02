package bench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"xpt/internal/profile"
)

// Profile is the time of a case by part.
type Profile struct {
	Case    string  `json:"case"`
	DType   string  `json:"dtype"`
	Seconds float64 `json:"seconds"` // of a pass
	Floor   float64 `json:"floor"`   // see [Result]
	Parts   []Part  `json:"parts"`
	// GPU has what the host asked of a GPU in a pass; nil of the CPU.
	GPU *profile.Trace `json:"gpu,omitempty"`
}

// Part is a group of operations of a pass.
type Part struct {
	Name     string           `json:"part"`
	Forward  float64          `json:"forward"` // seconds of a pass
	Backward float64          `json:"backward"`
	Ops      []profile.OpTime `json:"ops,omitempty"` // the most expensive first
}

// parts are recognised by words in the names of operations and of their autograd nodes; the first match counts.
var parts = []struct {
	name  string
	words []string
}{
	{"loss", []string{"cross_entropy", "nll", "log_softmax", "logsoftmax"}},
	{"optimizer", []string{"adamw", "adafactor", "clip_grad", "norm_backward_", "linalg_vector_norm", "aten::norm"}},
	{"attention", []string{"attention", "bmm", "softmax"}},
	{"linear layers", []string{"addmm", "::mm", "mmbackward", "linear", "few_rows"}},
	{"norms", []string{"layer_norm", "layernorm"}},
	{"gelu", []string{"gelu", "relu", "threshold"}},
	{"dropout", []string{"drop", "bernoulli", "random"}},
	{"embedding", []string{"embedding"}},
	{"copies", []string{"copy", "cat", "clone", "contiguous", "index", "fill", "zero", "empty", "aten::to"}},
}

// The parts without words.
const (
	otherPart   = "other operations"
	outsidePart = "outside of operations"
	idlePart    = "the GPU waits for the host" // between kernels
)

func partOf(op string) string {
	op = strings.ToLower(op)
	for _, p := range parts {
		if slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(op, word) }) {
			return p.name
		}
	}
	return otherPart
}

// Profile measures the cases that train and evaluate, on a GPU also those that generate, and calls each with every profile.
func (b *Bench) Profile(ctx context.Context, cases []Case, dtypes []string, each func(Profile) error) error {
	cases = slices.DeleteFunc(slices.Clone(cases), func(c Case) bool { return c.Work.Kind == Load || c.Work.Kind == Generate && !b.gpu() })
	b.expect(len(cases) * len(dtypes))
	for _, c := range cases {
		for _, dtype := range dtypes {
			p, err := b.profile(ctx, c, dtype)
			if err != nil {
				return fmt.Errorf("%s in %s: %w", c.Name, dtype, err)
			}
			if err := each(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Bench) profile(ctx context.Context, c Case, dtype string) (p Profile, err error) {
	j, err := b.job(ctx, c.Work, dtype, b.Checkpoint)
	if err != nil {
		return p, err
	}
	j.Profile = true
	b.next(c.Name + " " + dtype)
	s, err := b.Self.Do(ctx, j)
	if err != nil {
		return p, err
	}
	p = Profile{Case: c.Name, DType: dtype, GPU: s.GPU}
	p.Seconds, p.Parts = byPart(s)
	floor, err := b.floor(ctx, j)
	p.Floor = floor.seconds()
	return p, err
}

// byPart returns the mean time of a pass, and its parts.
func byPart(s Sample) (seconds float64, out []Part) {
	for _, p := range parts {
		out = append(out, Part{Name: p.name})
	}
	out = append(out, Part{Name: otherPart})
	passes, profiled, inside, rest := float64(len(s.Seconds)), float64(len(s.Seconds)), 0.0, outsidePart
	if s.GPU != nil {
		profiled, rest = 1, idlePart
	}
	for _, op := range s.Ops {
		name := partOf(op.Name)
		part := &out[slices.IndexFunc(out, func(p Part) bool { return p.Name == name })]
		op.Seconds /= profiled
		if op.Backward {
			part.Backward += op.Seconds
		} else {
			part.Forward += op.Seconds
		}
		part.Ops = append(part.Ops, op)
		inside += op.Seconds
	}
	for _, pass := range s.Seconds {
		seconds += pass / passes
	}
	for i := range out {
		slices.SortFunc(out[i].Ops, func(a, b profile.OpTime) int { return cmp.Compare(b.Seconds, a.Seconds) })
	}
	out = slices.DeleteFunc(out, func(p Part) bool { return p.Ops == nil })
	slices.SortStableFunc(out, func(a, b Part) int { return cmp.Compare(b.Forward+b.Backward, a.Forward+a.Backward) })
	return seconds, append(out, Part{Name: rest, Forward: max(0, seconds-inside)})
}

// Table has the parts, each with its two most expensive operations.
func (p Profile) Table() Table {
	t := Table{Heads: []string{"part", "mostly", "forward s", "backward s", "share"}}
	t.Title = fmt.Sprintf("%s in %s: %s s, of which the matrix products need %s", p.Case, p.DType, seconds(p.Seconds), seconds(p.Floor))
	if p.GPU != nil {
		t.Title = fmt.Sprintf("%s in %s: %s s, at least %s; %d launches, %d waits of the host for the GPU", p.Case, p.DType, seconds(p.Seconds), seconds(p.Floor),
			p.GPU.Launches, p.GPU.Waits)
	}
	for _, part := range p.Parts {
		var mostly []string
		for _, op := range part.Ops {
			name := shortened(op.Name)
			if !slices.Contains(mostly, name) && len(mostly) < 2 {
				mostly = append(mostly, name)
			}
		}
		t.Rows = append(t.Rows, []string{part.Name, strings.Join(mostly, ", "), seconds(part.Forward), seconds(part.Backward),
			fmt.Sprintf("%.1f %%", 100*(part.Forward+part.Backward)/p.Seconds)})
	}
	return t
}

// shortened removes the C++ template around the name of an autograd node.
func shortened(op string) string {
	_, inner, found := strings.Cut(op, "CppNode<")
	if !found {
		return op
	}
	inner = strings.TrimSuffix(inner, ">")
	return inner[strings.LastIndexByte(inner, ':')+1:]
}
