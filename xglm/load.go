package xglm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/internal/memory"
	"xpt/internal/usererror"
)

// Options say how a model is held.
type Options struct {
	Device libtorch.Device
	// DType is the type of activations, and of weights on a GPU that stay
	// frozen; zero for what suits the device. A CPU without arithmetic for it
	// computes in float32.
	DType libtorch.DType
	// Trainable keeps every weight as a float32 parameter that gradients are
	// computed for.
	Trainable bool
	// Weights names another file or folder to take the weights from, such as
	// a fine-tuning run's; empty: the checkpoint folder.
	Weights string
}

// Load reads a checkpoint folder: config.json and weights in any form that
// package checkpoints reads. Frozen matrices on the CPU are mapped and not
// copied, and products read them in the file's type, but for float64, which is
// rounded. Weights that do not fit config.json are an error; what is no weight
// of XGLM is left out, and named by Note.
func Load(dir string, o Options) (*Model, error) {
	o.DType = o.DType.On(o.Device)
	config, err := LoadConfig(dir)
	if err != nil {
		return nil, err
	}
	if o.Weights != "" {
		dir = o.Weights
	}
	ck, err := checkpoints.Open(dir)
	if err != nil {
		return nil, err
	}
	differences := ck.Compare(config.Shapes())
	if err := differences.Err(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), ck.Close())
	}
	m := &Model{Config: config, Note: differences.Note(), checkpoint: ck}
	if err := m.load(ck, o); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), m.Close())
	}
	if o.Trainable { // every weight was copied, and mapped pages would count as memory
		m.checkpoint = nil
		return m, ck.Close()
	}
	return m, nil
}

func (m *Model) load(ck *checkpoints.Checkpoint, o Options) error {
	specs := m.Config.Tensors()
	if ck.Has(lmHeadName) {
		specs = append(specs, TensorSpec{lmHeadName, specs[0].Shape})
		if !ck.Has(embedName) { // HuggingFace takes a lone LM head for both
			specs = specs[1:]
		}
	}
	weights := make(map[string]*libtorch.Tensor, len(specs))
	m.weights = weights
	for _, spec := range specs {
		t, err := ck.Tensor(spec.Name)
		if err != nil {
			return err
		}
		if weights[spec.Name], err = place(t, o); err != nil {
			return fmt.Errorf("weight %s: %w", spec.Name, err)
		}
	}
	m.wire(o)
	return nil
}

// place makes a checkpoint's tensor one of libtorch's in the type asked for;
// frozen matrices on the CPU stay in the file's, mapped.
func place(t checkpoints.Tensor, o Options) (*libtorch.Tensor, error) {
	if t.DType == checkpoints.F64 {
		var err error
		if t, err = t.As(checkpoints.F32); err != nil {
			return nil, err
		}
	}
	dtype := torchDType[t.DType]
	mapped, err := libtorch.Mapped(t.Data, dtype, t.Shape, t)
	if err != nil {
		return nil, err
	}
	want := libtorch.Arithmetic(o.Device, o.DType)
	if o.Trainable {
		want = libtorch.Float32
	}
	if frozen := o.Device == libtorch.CPU && !o.Trainable; frozen && (dtype == want || len(t.Shape) == 2) {
		return mapped, nil
	}
	defer mapped.Free()
	var w *libtorch.Tensor
	err = libtorch.NoGrad(o.Device, func(s *libtorch.Scope) error {
		w = s.To(mapped, o.Device, want)
		if o.Trainable {
			p, err := libtorch.NewParameter(w)
			w = p
			return err
		}
		w.Keep()
		return nil
	})
	return w, err
}

// wire gives the weights their places.
func (m *Model) wire(o Options) {
	m.device, m.dtype, m.trainable = o.Device, libtorch.Arithmetic(o.Device, o.DType), o.Trainable
	weights := m.weights
	lin := func(name string) linear { return linear{weight: weights[name+".weight"], bias: weights[name+".bias"]} }
	norm := func(name string) layerNorm { return layerNorm{weights[name+".weight"], weights[name+".bias"]} }
	m.embed, m.lmHead.weight = weights[embedName], weights[lmHeadName]
	if m.embed == nil {
		m.embed = m.lmHead.weight
	}
	if m.lmHead.weight == nil {
		m.lmHead.weight = m.embed
	}
	m.layerNorm = norm("model.layer_norm")
	m.layers = make([]layer, m.Config.NumLayers)
	for i := range m.layers {
		at := fmt.Sprintf("model.layers.%d.", i)
		m.layers[i] = layer{
			selfAttn: attention{
				q: lin(at + "self_attn.q_proj"), k: lin(at + "self_attn.k_proj"), v: lin(at + "self_attn.v_proj"),
				out: lin(at + "self_attn.out_proj"),
			},
			selfAttnLayerNorm: norm(at + "self_attn_layer_norm"),
			fc1:               lin(at + "fc1"), fc2: lin(at + "fc2"),
			finalLayerNorm: norm(at + "final_layer_norm"),
			relu:           m.Config.ActivationFunction == "relu",
		}
	}
}

// New makes an untrained model as HuggingFace initialises one: weights from
// N(0, init_std), the padding row, biases zero, layer norms one.
func New(config Config, seed libtorch.Seed, o Options) (*Model, error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	if err := memory.Check(4*int64(config.Parameters()), "a model of random weights of this config.json"); err != nil {
		return nil, usererror.Of(err)
	}
	m := &Model{Config: config, weights: map[string]*libtorch.Tensor{}}
	rng := seed.Stream("backbone", 0)
	for _, spec := range config.Tensors() {
		values := make([]float32, spec.Elements())
		switch {
		case len(spec.Shape) == 2:
			for i := range values {
				values[i] = float32(rng.NormFloat64() * config.InitStd)
			}
			if spec.Name == embedName && config.PadTokenID != NoToken {
				clear(values[int(config.PadTokenID)*config.DModel:][:config.DModel])
			}
		case isNormWeight(spec.Name):
			for i := range values {
				values[i] = 1
			}
		}
		err := libtorch.NoGrad(o.Device, func(s *libtorch.Scope) (err error) {
			m.weights[spec.Name], err = libtorch.NewParameter(s.Floats(values, spec.Shape...))
			return err
		})
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	m.wire(o)
	return m, nil
}

// Parameters lists the weights by checkpoint name, in the checkpoint's order;
// a tied LM head is not listed.
func (m *Model) Parameters() []Parameter {
	var out []Parameter
	for _, spec := range append(m.Config.Tensors(), TensorSpec{Name: lmHeadName}) {
		if w := m.weights[spec.Name]; w != nil {
			out = append(out, Parameter{spec.Name, w, w == m.embed})
		}
	}
	return out
}

// Parameter is a named tensor.
type Parameter struct {
	Name   string
	Tensor *libtorch.Tensor
	Table  bool // rows are looked up in it: a step's gradient is that of few rows
}

// Fingerprint identifies the weights that a checkpoint folder holds: a hash
// over every name, shape, dtype and a sample of up to 4 KiB of each tensor, so
// that it costs no full read of a large checkpoint.
func Fingerprint(dir string) (string, error) {
	ck, err := checkpoints.Open(dir)
	if err != nil {
		return "", err
	}
	defer ck.Close()
	h := sha256.New()
	for _, name := range ck.Names() {
		t, err := ck.Tensor(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %s %v\n", name, t.DType, t.Shape)
		const window = 2048
		h.Write(t.Data[:min(window, len(t.Data))])
		middle := len(t.Data) / 2
		h.Write(t.Data[middle:min(middle+window, len(t.Data))])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
