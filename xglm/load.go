package xglm

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// Options say how a model is held. The zero value is a frozen model on the CPU in the type auto.
type Options struct {
	Device libtorch.Device
	// DType is the type of activations, and of weights on a GPU that stay frozen. A CPU without
	// arithmetic for it computes in float32. Zero is auto: bfloat16 where the hardware multiplies
	// it.
	DType libtorch.DType
	// Trainable keeps every weight as a float32 parameter that gradients are computed for.
	Trainable bool
	// Weights names another file or folder to take the weights from, such as a fine-tuning run's;
	// empty: the checkpoint folder.
	Weights string
}

// resolve fills in zero values, and makes DType the type that the device computes in.
func (o Options) resolve() (Options, error) {
	if err := o.Device.Check(); err != nil {
		return o, usererror.Of(err)
	}
	switch o.DType = o.DType.On(o.Device); o.DType {
	case libtorch.Float32, libtorch.BFloat16, libtorch.Float16:
		o.DType = libtorch.Arithmetic(o.Device, o.DType)
		return o, nil
	}
	return o, usererror.Errorf("a model computes in float32, bfloat16 or float16, not in %s", o.DType)
}

// Load reads a checkpoint folder: config.json and weights in any form that package checkpoints
// reads. Frozen matrices on the CPU are mapped and not copied, and products read them in the file's
// type, but for float64, which is rounded. Weights that do not fit config.json are an error; what
// is no weight of XGLM is left out, and named by Note.
func Load(dir string, o Options) (*Model, error) {
	o, err := o.resolve()
	if err != nil {
		return nil, err
	}
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
	m, err := newModel(config, o, ck.Has(checkpoints.LMHead), func(spec TensorSpec) (*libtorch.Tensor, error) {
		t, err := ck.Tensor(spec.Name)
		if err != nil {
			return nil, err
		}
		return place(t, o)
	})
	m.Note, m.checkpoint = differences.Note(), ck
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, err), m.Close())
	}
	if o.Device.IsCUDA() && !o.Trainable {
		if err := m.joinProjections(); err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	if o.Trainable { // every weight was copied, and mapped pages would count as memory
		m.checkpoint = nil
		return m, ck.Close()
	}
	return m, nil
}

// torchDType are libtorch's types of a checkpoint's floating-point numbers; float64 is rounded
// first.
var torchDType = map[checkpoints.DType]libtorch.DType{
	checkpoints.F32: libtorch.Float32, checkpoints.F16: libtorch.Float16, checkpoints.BF16: libtorch.BFloat16,
}

// place makes a checkpoint's tensor one of libtorch's in the type asked for; frozen matrices on the
// CPU stay in the file's, mapped.
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
	if frozen := o.Device == libtorch.CPU && !o.Trainable; frozen && (dtype == o.DType || len(t.Shape) == 2) {
		return mapped, nil
	}
	defer mapped.Free()
	var w *libtorch.Tensor
	err = libtorch.NoGrad(o.Device, func(s *libtorch.Scope) (err error) {
		if o.Trainable {
			w, err = libtorch.NewParameter(s.To(mapped, o.Device, libtorch.Float32))
			return err
		}
		w = s.To(mapped, o.Device, o.DType).Keep()
		return nil
	})
	return w, err
}

// weights gives the constructors of modules their tensors, by name and shape. Those constructors
// are the one place that names a weight: [Config.Tensors] lists what they ask for.
type weights struct {
	prefix string // of the names
	*source
}

// source is where weights come from, and what was taken from it.
type source struct {
	get        func(TensorSpec) (*libtorch.Tensor, error)
	err        error // the first of get; nothing is taken after it
	parameters []Parameter
	matrices   []*matrix
}

// at returns the weights of the module of that name.
func (w weights) at(module string) weights { return weights{w.prefix + module + ".", w.source} }

// tensor takes a tensor; nil once one could not be had.
func (w weights) tensor(name string, shape ...int) *libtorch.Tensor {
	if w.err != nil {
		return nil
	}
	spec := TensorSpec{w.prefix + name, shape}
	t, err := w.get(spec)
	if err != nil {
		w.err = fmt.Errorf("weight %s: %w", spec.Name, err)
		return nil
	}
	w.parameters = append(w.parameters, Parameter{spec.Name, t, spec.Name == checkpoints.EmbedTokens})
	return t
}

// Parameter is a named tensor.
type Parameter struct {
	Name   string
	Tensor *libtorch.Tensor
	Table  bool // rows are looked up in it: a step's gradient is that of few rows
}

// TensorSpec is a weight's name in the checkpoint and its shape.
type TensorSpec struct {
	Name  string
	Shape []int
}

// Elements returns the number of values.
func (t TensorSpec) Elements() int {
	n := 1
	for _, k := range t.Shape {
		n *= k
	}
	return n
}

// Tensors lists every weight of a checkpoint of this shape in HuggingFace's order, without the LM
// head, which is the embedding where a checkpoint has none of its own.
func (c Config) Tensors() (specs []TensorSpec) {
	newModel(c, Options{}, false, func(spec TensorSpec) (*libtorch.Tensor, error) {
		specs = append(specs, spec)
		return nil, nil
	})
	return specs
}

// Shapes gives the shape of every weight that Tensors lists, by name, and of the LM head where it is not tied to the embedding.
func (c Config) Shapes() map[string][]int {
	out := map[string][]int{}
	for _, t := range c.Tensors() {
		out[t.Name] = t.Shape
	}
	if !c.TieWordEmbeddings {
		out[checkpoints.LMHead] = out[checkpoints.EmbedTokens]
	}
	return out
}

// Parameters counts the weights, a tied LM head once.
func (c Config) Parameters() int {
	n := 0
	for _, t := range c.Tensors() {
		n += t.Elements()
	}
	return n
}

// Fingerprint identifies the weights that a checkpoint folder holds: a hash over every name, shape,
// dtype and a sample of up to 4 KiB of each tensor, so that it costs no full read of a large
// checkpoint.
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
