package train

import (
	"slices"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// loraMethods are the settings of testdata/lora/make.py.
var loraMethods = map[string]training.Options{
	"lora":      {LoRARank: 8, LoRAAlpha: 8, LoRATargets: "q_proj,v_proj", LoRABias: "none"},
	"lora-all":  {LoRARank: 4, LoRAAlpha: 8, LoRATargets: "all-linear", LoRABias: "all", LoRARS: true},
	"lora-only": {LoRARank: 2, LoRAAlpha: 16, LoRATargets: "k_proj,fc1", LoRABias: "lora_only"},
}

// The gradients of factors and biases are PEFT's, also where layers are computed again in the backward pass
// and where a step is computed in parts.
func TestLoRAGradientsArePEFTs(t *testing.T) {
	ck, err := checkpoints.OpenFile("../../testdata/lora/trajectories.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	for method := range loraMethods {
		for _, way := range []string{"at once", "recomputed", "in parts"} {
			t.Run(method+" "+way, func(t *testing.T) {
				c := "tagging." + method
				tr := trajectory(t, ck, c, libtorch.CPU)
				tr.mode.GradientCheckpointing = way == "recomputed"
				if way == "in parts" {
					tr.options.Accumulate = 3
				}
				seen := 0
				tr.SumGradients = func([]*libtorch.Tensor) error {
					return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
						for _, p := range tr.adapter.Parameters() {
							if !ck.Has(c + ".grad." + p.Name) { // a key's bias has no true gradient
								continue
							}
							want, err := ck.Tensor(c + ".grad." + p.Name)
							if err != nil {
								return err
							}
							near(t, p.Name, s.Grad(p.Tensor).Float32s(), checkpoints.Float32s(want))
							seen++
						}
						return nil
					})
				}
				if err := tr.TrainStep(tr.items[:4], 1, 0.2); err != nil {
					t.Fatal(err)
				}
				want := 0
				for _, name := range ck.Names() {
					if strings.HasPrefix(name, c+".grad.") {
						want++
					}
				}
				if seen != want || want == 0 {
					t.Errorf("%d parameters, PEFT trains %d", seen, want)
				}
			})
		}
	}
}

// A starts within PEFT's bounds and fills them, B at zero; what the seed draws is the seed's.
func TestLoRAStartsAsTheModel(t *testing.T) {
	checkpoint := tinyCheckpoint(t)
	o := tinyOptions(t, checkpoint, "udpos", "lora")
	l := newTiny(t, o)
	if got := l.Counts(); got.Adapted != 2*2*2*8*32 {
		t.Errorf("%d parameters are trained beside the head", got.Adapted)
	}
	bound := float32(0.17677669) // 1 / sqrt(32)
	for _, p := range l.adapter.Parameters() {
		values := p.Tensor.Float32s()
		least, most := slices.Min(values), slices.Max(values)
		switch {
		case strings.HasSuffix(p.Name, loraB) && (least != 0 || most != 0):
			t.Errorf("%s is not zero", p.Name)
		case strings.HasSuffix(p.Name, loraA) && (least < -bound || most > bound || least > -0.9*bound || most < 0.9*bound):
			t.Errorf("%s is within [%v, %v]", p.Name, least, most)
		}
	}
	other := o
	other.Seed++
	first := func(l *Learner) []float32 { return l.adapter.Parameters()[0].Tensor.Float32s() }
	if !slices.Equal(first(l), first(newTiny(t, o))) || slices.Equal(first(l), first(newTiny(t, other))) {
		t.Error("the factors are not the seed's")
	}
	b := xglm.NewBatch([]int{2, 5, 6, 7}, []int{2, 9})
	plain, err := xglm.Load(checkpoint, xglm.Options{DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if !slices.Equal(states(t, l.Model, b, xglm.Mode{}), states(t, plain, b, xglm.Mode{})) {
		t.Error("it does not start from the model as it is")
	}
}

func states(t *testing.T, m *xglm.Model, b xglm.Batch, mode xglm.Mode) (values []float32) {
	t.Helper()
	err := libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) error {
		values = m.Forward(s, b, nil, mode).Float32s()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return values
}
