package xglm_test

import (
	"strings"
	"testing"

	"xpt/heads"
	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// The loss of each kind of task, and its gradient with respect to a prompt, a prefix, a head and
// the backbone's weights, over rows of mixed lengths.
func TestTaskGradientsEqualPEFT(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		for _, method := range []string{"full", "prefix", "prompt"} {
			for _, task := range []string{"lm", "cls", "tag"} {
				f.taskGradients(task, method)
			}
		}
	})
}

func (f fixture) taskGradients(task, method string) {
	t := f.t
	m := f.model(xglm.Options{Trainable: method == "full"})
	var prompt softprompt.Prompt
	if method != "full" {
		prompt = f.prompt(m, method)
	}
	head, err := heads.From(libtorch.CPU, f.path("head.weight"), f.path("head.bias"))
	if err != nil {
		t.Fatal(err)
	}
	defer head.Free()
	b, targets := f.targets(task)
	name := task + "." + method + "."
	err = libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
		var past *xglm.Past
		if prompt != nil {
			past = prompt.Past(s, m, xglm.Mode{})
		}
		hidden := m.Forward(s, b, past, xglm.Mode{})
		logits := m.Logits
		if task != "lm" {
			logits = head.Logits
		}
		loss := s.CrossEntropy(logits(s, hidden), s.Ints(targets), 0)
		closeTo(t, name+"loss", []float32{float32(loss.Item())}, f.path(name+"loss"))
		loss.Backward()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, stored := range f.paths.Names() {
		weight, ok := strings.CutPrefix(stored, name+"grad.")
		if !ok {
			continue
		}
		found++
		p := map[string]*libtorch.Tensor{"head.weight": head.Weight, "head.bias": head.Bias}[weight]
		switch {
		case p != nil:
		case prompt != nil:
			p = prompt.Parameters()[0].Tensor
		default:
			p = f.weight(m, weight)
		}
		want := f.path(stored)
		scale := largest(want)
		// A layer's bias and weight gather the same rounding over the tokens, the weight times
		// inputs of size 1; but the bias's own terms may cancel, as those of the keys' do wholly.
		if layer, ok := strings.CutSuffix(stored, ".bias"); ok && f.paths.Has(layer+".weight") {
			scale = max(scale, largest(f.path(layer+".weight")))
		}
		infer(t, func(s *libtorch.Scope) { near(t, stored, s.Grad(p).Float32s(), want, scale, 1e-5) })
	}
	if found == 0 {
		t.Errorf("the fixture has no gradients of %s", name)
	}
}

// targets are those of testdata/xglm/make.py.
func (f fixture) targets(task string) (b xglm.Batch, targets []int) {
	b = xglm.NewBatch(f.rows()...)
	start := 0
	for r, row := range f.rows() {
		switch task {
		case "lm":
			for i := range len(row) - 1 {
				b.Read, targets = append(b.Read, start+i), append(targets, row[i+1])
			}
		case "cls":
			b.Read, targets = append(b.Read, start+len(row)-1), append(targets, r%3)
		case "tag":
			for i := 0; i < len(row); i += 2 {
				b.Read, targets = append(b.Read, start+i), append(targets, (r+i)%3)
			}
		}
		start += len(row)
	}
	return b, targets
}
