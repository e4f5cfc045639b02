package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/training"
	"xpt/xglm"
)

// LoRA is low-rank adaptation (Hu et al., arXiv 2106.09685): a linear layer's output W x + b becomes
// W x + b + scale B A x with trained factors A [r, in] and B [out, r]. scale is alpha / r, with rsLoRA
// (Kalajdzievski, arXiv 2312.03732) alpha / sqrt(r). A starts as PEFT's and B at zero.
var LoRA = Method{
	Name:          "lora",
	ChangesStates: true,
	defaults: func(o *training.Options) {
		fill(&o.LearningRate, 5e-4) // the most that Hu et al. fine-tune RoBERTa with
		fill(&o.LoRARank, 8)
		fill(&o.LoRAAlpha, 8)
		fill(&o.LoRATargets, "q_proj,v_proj")
		fill(&o.LoRABias, "none")
	},
	check: checkLoRA,
	start: func(o training.Options, m *xglm.Model, _ *tokenize.Tokenizer, rng *rand.Rand) (adapter, error) {
		return loraOf(o, m, initialFactors(m, rng))
	},
	open: func(o training.Options, m *xglm.Model, saved *checkpoints.Checkpoint) (adapter, error) {
		return loraOf(o, m, func(name string, shape ...int) ([]float32, error) { return floats(saved, name, shape...) })
	},
	peft: peftForm{
		kinds:  []string{checkpoints.LoRA},
		note:   "The base model is XGLMModel where there is a head, else XGLMForCausalLM.",
		open:   openLoRAAdapter,
		export: exportLoRA,
	},
	merge: mergeLoRA,
}

// loraTargets are the linear layers of a decoder layer.
var loraTargets = []string{"q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"}

// parseTargets parses a list of loraTargets, or "all-linear" for all of them.
func parseTargets(list string) ([]string, error) {
	if list == "all-linear" {
		return loraTargets, nil
	}
	targets := strings.Split(list, ",")
	for i, name := range targets {
		if !slices.Contains(loraTargets, name) || slices.Contains(targets[:i], name) {
			return nil, fmt.Errorf("--lora-targets %q: list some of %s, each once, or say all-linear", list, strings.Join(loraTargets, ","))
		}
	}
	return targets, nil
}

func checkLoRA(o training.Options, _ datasets.Task) error {
	if err := refusePrompt(o); err != nil {
		return err
	}
	if o.LoRATargets == "" {
		return nil
	}
	_, err := parseTargets(o.LoRATargets)
	return err
}

// refuseLoRA refuses LoRA's settings for another method.
func refuseLoRA(o training.Options) error {
	if o.LoRARank != 0 || o.LoRAAlpha != 0 || o.LoRADropout != 0 || o.LoRARS || o.LoRATargets != "" || o.LoRABias != "" {
		return fmt.Errorf("--lora-rank, --lora-alpha, --lora-dropout, --lora-rs, --lora-targets and --lora-bias go with --method lora, not with %s", o.Method)
	}
	return nil
}

// loraScale is what alpha makes of a product of rank r.
func loraScale(alpha float64, r int, rs bool) float64 {
	if rs {
		return alpha / math.Sqrt(float64(r))
	}
	return alpha / float64(r)
}

// lora adapts linear layers by low-rank products, and has what biases are trained.
type lora struct {
	noAdapter
	params     []xglm.Parameter
	adaptation xglm.Adaptation
}

// valuesOf gives the values of a parameter.
type valuesOf func(name string, shape ...int) ([]float32, error)

// initialFactors draws A as torch.nn.init.kaiming_uniform_ does with a = sqrt(5), uniform within
// 1/sqrt(in). B is zero, so that training starts from the model as it is; biases are the model's.
func initialFactors(m *xglm.Model, rng *rand.Rand) valuesOf {
	return func(name string, shape ...int) ([]float32, error) {
		if strings.HasSuffix(name, ".bias") {
			return parameterOf(m, name).Tensor.Float32s(), nil
		}
		values := make([]float32, shape[0]*shape[1])
		if strings.HasSuffix(name, checkpoints.LoRAA) {
			for i := range values {
				values[i] = float32((2*rng.Float64() - 1) / math.Sqrt(float64(shape[1])))
			}
		}
		return values, nil
	}
}

// loraOf makes the adapter that the options describe.
func loraOf(o training.Options, m *xglm.Model, values valuesOf) (adapter, error) {
	targets, err := parseTargets(o.LoRATargets)
	if err != nil {
		return nil, err
	}
	a := newLoRA()
	for _, p := range m.Parameters() {
		module, kind, _ := cutLast(p.Name)
		adapted := slices.Contains(targets, module[strings.LastIndexByte(module, '.')+1:])
		switch {
		case kind == "weight" && adapted:
			err = a.addFactors(m, module, o.LoRARank, loraScale(o.LoRAAlpha, o.LoRARank, o.LoRARS), values)
		case kind == "bias" && (o.LoRABias == "all" || o.LoRABias == "lora_only" && adapted):
			err = a.addBias(m, p.Name, values)
		}
		if err != nil {
			a.Free()
			return nil, err
		}
	}
	return a, nil
}

func newLoRA() *lora {
	return &lora{adaptation: xglm.Adaptation{Linear: map[string]xglm.LinearFunc{}, Reads: map[string][]*libtorch.Tensor{}, Biases: map[string]*libtorch.Tensor{}}}
}

// addFactors adapts a linear layer.
func (a *lora) addFactors(m *xglm.Model, module string, rank int, scale float64, values valuesOf) error {
	shape := parameterOf(m, module+".weight").Tensor.Shape()
	down, err := a.add(m, module+checkpoints.LoRAA, values, rank, shape[1])
	if err != nil {
		return err
	}
	up, err := a.add(m, module+checkpoints.LoRAB, values, shape[0], rank)
	if err != nil {
		return err
	}
	a.adaptation.Reads[module] = []*libtorch.Tensor{down, up}
	a.adaptation.Linear[module] = func(s *libtorch.Scope, x, y *libtorch.Tensor, mode xglm.Mode) *libtorch.Tensor {
		return s.Block(func(s *libtorch.Scope) *libtorch.Tensor {
			as := func(t *libtorch.Tensor) *libtorch.Tensor { return s.To(t, x.Device(), x.DType()) }
			inner := s.Scale(s.Linear(s.DropoutFrom(mode.Place.Token, x, mode.AdapterDropout), as(down), nil), scale)
			return s.Add(y, s.Linear(inner, as(up), nil))
		})
	}
	return nil
}

// addBias trains a bias in place of the model's.
func (a *lora) addBias(m *xglm.Model, name string, values valuesOf) (err error) {
	a.adaptation.Biases[name], err = a.add(m, name, values, parameterOf(m, name).Tensor.Shape()...)
	return err
}

// add makes a parameter.
func (a *lora) add(m *xglm.Model, name string, values valuesOf, shape ...int) (t *libtorch.Tensor, err error) {
	err = libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) error {
		v, err := values(name, shape...)
		if err != nil {
			return err
		}
		if t, err = libtorch.NewParameter(s.Floats(v, shape...)); err == nil {
			a.params = append(a.params, xglm.Parameter{Name: name, Tensor: t})
		}
		return err
	})
	return t, err
}

// parameterOf is the model's parameter of that name, which it has.
func parameterOf(m *xglm.Model, name string) xglm.Parameter {
	all := m.Parameters()
	return all[slices.IndexFunc(all, func(p xglm.Parameter) bool { return p.Name == name })]
}

func (a *lora) Adapt(m *xglm.Model) *xglm.Model        { return m.Adapt(a.adaptation) }
func (a *lora) Parameters() []xglm.Parameter           { return a.params }
func (a *lora) Saved(*libtorch.Scope) []xglm.Parameter { return a.params }
func (a *lora) Free() {
	for _, p := range a.params {
		p.Tensor.Free()
	}
}
