package xglm

import (
	"fmt"
	"slices"
	"testing"

	"xpt/libtorch"
)

// One product of queries, keys and values gives what three give: behind a prompt, with a change of the queries, with other
// biases; and the weights are the model's parameters as before.
func TestJoinedProjections(t *testing.T) {
	open := func(join bool) *Model {
		m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
		if err == nil && join {
			err = m.joinProjections()
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before := libtorch.Live()
	m, apart := open(true), open(false)
	for i, p := range m.Parameters() {
		if want := apart.Parameters()[i]; p.Name != want.Name || !slices.Equal(p.Tensor.Float32s(), want.Tensor.Float32s()) {
			t.Errorf("parameter %s differs from %s", p.Name, want.Name)
		}
	}
	bias, err := libtorch.NewParameter(apart.layers[0].fc2.bias)
	if err != nil {
		t.Fatal(err)
	}
	for name, a := range map[string]Adaptation{
		"as it is": {},
		"changed": {Linear: map[string]LinearFunc{"model.layers.0.self_attn.q_proj": func(s *libtorch.Scope, x, y *libtorch.Tensor, _ Mode) *libtorch.Tensor {
			return s.Add(y, s.Scale(x, 0.5))
		}}},
		"with another bias": {Biases: map[string]*libtorch.Tensor{"model.layers.0.self_attn.k_proj.bias": bias, "model.layers.1.self_attn.v_proj.bias": bias}},
	} {
		adapted := m.Adapt(a)
		if joined := adapted.layers[0].selfAttn.joined != nil; joined != (name != "with another bias") {
			t.Errorf("%s: joined: %t", name, joined)
		}
		hidden, grad := behindPrompt(t, adapted, Mode{}, []int{2, 10, 11, 12}, []int{2, 13})
		wantHidden, wantGrad := behindPrompt(t, apart.Adapt(a), Mode{}, []int{2, 10, 11, 12}, []int{2, 13})
		near(t, fmt.Sprintf("%s: hidden states", name), hidden, wantHidden, 1e-6)
		near(t, fmt.Sprintf("%s: gradient", name), grad, wantGrad, 1e-6)
	}
	bias.Free()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	if err := apart.Close(); err != nil {
		t.Fatal(err)
	}
	if left := libtorch.Live() - before; left != 0 {
		t.Errorf("%d handles are left", left)
	}
}
