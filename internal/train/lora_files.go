package train

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// exportLoRA writes the factors and biases as they were trained.
func exportLoRA(a *checkpoints.Adapter, o training.Options, _ xglm.Config, saved []checkpoints.Tensor) {
	c := &a.Config
	c.LoRARank, c.LoRAAlpha, c.LoRADropout, c.UseRSLoRA, c.Bias = o.LoRARank, o.LoRAAlpha, o.LoRADropout, o.LoRARS, o.LoRABias
	targets, _ := parseTargets(o.LoRATargets) // checked when the record was read
	c.TargetModules, _ = json.Marshal(targets)
	a.Layers, a.CausalLM = saved, len(a.Heads) == 0
}

// openLoRAAdapter reads the factors of a PEFT adapter's folder. One that was made for a backbone of other sizes is refused.
func openLoRAAdapter(m *xglm.Model, folder string) (adapter, error) {
	saved, err := checkpoints.ReadAdapter(folder)
	if err != nil {
		return nil, err
	}
	c := saved.Config
	values := func(name string, shape ...int) ([]float32, error) {
		for _, t := range saved.Layers {
			if t.Name == name && slices.Equal(t.Shape, shape) {
				return checkpoints.Float32s(t), nil
			}
		}
		return nil, usererror.Errorf("it has no %s of shape %v, as this backbone's layer asks for: it was made for another checkpoint", name, shape)
	}
	a := newLoRA()
	for _, t := range saved.Layers {
		module, isFactor := strings.CutSuffix(t.Name, checkpoints.LoRAA)
		weight := t.Name
		if isFactor {
			weight = module + ".weight"
		}
		switch {
		case strings.HasSuffix(t.Name, checkpoints.LoRAB): // with its A
		case !slices.ContainsFunc(m.Parameters(), func(p xglm.Parameter) bool { return p.Name == weight }):
			err = usererror.Errorf("this backbone has no %s: the adapter was made for another checkpoint", weight)
		case isFactor:
			err = a.addFactors(m, module, c.LoRARank, loraScale(c.LoRAAlpha, c.LoRARank, c.UseRSLoRA), values)
		default:
			err = a.addBias(m, t.Name, values)
		}
		if err != nil {
			a.Free()
			return nil, fmt.Errorf("%s: %w", folder, err)
		}
	}
	return a, nil
}

// mergeLoRA makes W + scale B A of the weights, computed in float32, and the trained biases of the biases.
func mergeLoRA(o training.Options, saved *checkpoints.Checkpoint) map[string]checkpoints.Merge {
	merged := map[string]checkpoints.Merge{}
	scale := loraScale(o.LoRAAlpha, o.LoRARank, o.LoRARS)
	for _, name := range saved.Names() {
		if module, ok := strings.CutSuffix(name, checkpoints.LoRAA); ok {
			merged[module+".weight"] = func(w checkpoints.Tensor) (checkpoints.Tensor, error) {
				return addProduct(w, scale, saved, module)
			}
		} else if strings.HasSuffix(name, ".bias") && name != headBiasName {
			merged[name] = func(checkpoints.Tensor) (checkpoints.Tensor, error) { return saved.Tensor(name) }
		}
	}
	return merged
}

// addProduct is w + scale B A with the module's factors.
func addProduct(w checkpoints.Tensor, scale float64, saved *checkpoints.Checkpoint, module string) (checkpoints.Tensor, error) {
	out := checkpoints.Tensor{Name: w.Name, DType: checkpoints.F32, Shape: w.Shape}
	down, err := saved.Tensor(module + checkpoints.LoRAA)
	if err != nil {
		return out, err
	}
	up, err := saved.Tensor(module + checkpoints.LoRAB)
	if err != nil {
		return out, err
	}
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		in := func(t checkpoints.Tensor) *libtorch.Tensor { return s.Floats(checkpoints.Float32s(t), t.Shape...) }
		out.Data = s.Add(in(w), s.Scale(s.Matmul(in(up), in(down)), scale)).Bytes()
		return nil
	})
	return out, err
}
