package xglm_test

import (
	"fmt"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// eachMode runs fn in inference and in a training without dropout, which must agree with
// HuggingFace alike.
func eachMode(fn func(name string, mode xglm.Mode)) {
	fn("inference", xglm.Mode{})
	fn("training", xglm.Mode{GradientCheckpointing: true})
}

func TestHiddenStatesAndLogitsEqualHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		eachMode(func(name string, mode xglm.Mode) {
			for i, row := range f.rows() {
				infer(t, func(s *libtorch.Scope) {
					h := m.ForwardEach(s, xglm.NewBatch(row), nil, mode, func(k int, h *libtorch.Tensor) {
						closeTo(t, fmt.Sprintf("%s row %d hidden %d", name, i, k), h.Float32s(), f.want(fmt.Sprintf("rows.%d.hidden.%d", i, k)))
					})
					closeTo(t, fmt.Sprintf("%s row %d logits", name, i), m.Logits(s, h).Float32s(), f.want(fmt.Sprintf("rows.%d.logits", i)))
				})
			}
		})
	})
}

// Rows of mixed lengths in one batch, with and without a prompt of either kind, are what they are
// alone, and only the positions asked for come back.
func TestMixedLengthsUnderPromptsEqualPEFT(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		rows := f.rows()
		batch := xglm.NewBatch(rows...)
		for _, kind := range []string{"", "prefix", "prompt"} {
			var want []float32
			for i := range rows {
				name := fmt.Sprintf("%s.%d.hidden", kind, i)
				if kind == "" {
					name = fmt.Sprintf("rows.%d.hidden.%d", i, m.Config.NumLayers)
				}
				want = append(want, f.want(name)...)
			}
			eachMode(func(name string, mode xglm.Mode) {
				infer(t, func(s *libtorch.Scope) {
					var past *xglm.Past
					if kind != "" {
						past = f.prompt(m, kind).Past(s, m, mode)
					}
					closeTo(t, kind+" "+name, m.Forward(s, batch, past, mode).Float32s(), want)
					some := batch
					some.Read = []int{len(batch.IDs) - 1, 0, 6}
					d := m.Config.DModel
					var picked []float32
					for _, at := range some.Read {
						picked = append(picked, want[at*d:(at+1)*d]...)
					}
					closeTo(t, kind+" "+name+" read", m.Forward(s, some, past, mode).Float32s(), picked)
				})
			})
		}
	})
}

// The mean of hidden . probe over all positions is differentiated with respect to a prompt, and to
// all weights, through the packed batch of mixed lengths.
func TestGradientsEqualPEFT(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		for _, again := range []bool{false, true} {
			m, mode := f.model(xglm.Options{Trainable: true}), xglm.Mode{GradientCheckpointing: again}
			loss := func(past func(*libtorch.Scope) *xglm.Past) (value float64) {
				err := libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
					h := m.Forward(s, xglm.NewBatch(f.rows()...), past(s), mode)
					probe := s.Floats(f.want("probe"), m.Config.DModel, 1)
					l := s.Mean(s.Matmul(h, probe))
					l.Backward()
					value = l.Item()
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				return value
			}
			grad := func(p *libtorch.Tensor) (g []float32) {
				infer(t, func(s *libtorch.Scope) { g = s.Grad(p).Float32s() })
				return g
			}
			got := loss(func(*libtorch.Scope) *xglm.Past { return nil })
			closeTo(t, "loss", []float32{float32(got)}, f.want("full.loss"))
			for _, name := range f.expected.Names() {
				if weight, ok := strings.CutPrefix(name, "full.grad."); ok {
					closeTo(t, weight, grad(f.weight(m, weight)), f.want(name))
				}
			}
			for _, kind := range []string{"prefix", "prompt"} {
				p := f.prompt(m, kind)
				loss(func(s *libtorch.Scope) *xglm.Past { return p.Past(s, m, mode) })
				closeTo(t, kind, grad(p.Parameters()[0].Tensor), f.want(kind+".grad"))
			}
		}
	})
}

func (f fixture) prompt(m *xglm.Model, kind string) softprompt.Prompt {
	f.t.Helper()
	stored, err := f.expected.Tensor(kind)
	if err != nil {
		f.t.Fatal(err)
	}
	from := softprompt.InputFrom
	if kind == "prefix" {
		from = softprompt.PrefixFrom
	}
	p, err := from(m, stored)
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(p.Free)
	return p
}

func TestForwardRefusesWhatIsNoBatch(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	for want, b := range map[string]xglm.Batch{
		"token id 104 is outside": xglm.NewBatch([]int{2, 104}),
		"token id -1 is outside":  xglm.NewBatch([]int{-1}),
		"row 1 of the batch has":  xglm.NewBatch([]int{2}, nil),
		"0 ids":                   {},
		"position 2 is outside":   {IDs: []int{2, 3}, Lengths: []int{2}, Read: []int{2}},
	} {
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error { m.Forward(s, b, nil, xglm.Mode{}); return nil })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one with %q", err, want)
		}
	}
}

// A forward leaves no tensor behind, whatever ran in it.
func TestForwardLeavesNothing(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	run := func() {
		infer(t, func(s *libtorch.Scope) { m.Forward(s, xglm.NewBatch([]int{2, 3, 4}, []int{2}), nil, xglm.Mode{}) })
	}
	run()
	before := libtorch.Live()
	run()
	if after := libtorch.Live(); after != before {
		t.Errorf("%d handles left behind", after-before)
	}
}
