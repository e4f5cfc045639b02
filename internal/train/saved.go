package train

import (
	"io"
	"slices"

	"xpt/checkpoints"
	"xpt/heads"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// save writes what a run keeps to a file, in float32: what the adapter saves, and the head.
func (l *Learner) save(path string, metadata map[string]string) error {
	return libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		var tensors []checkpoints.TensorWriter
		for _, p := range append(l.adapter.Saved(s), l.headParameters()...) {
			tensors = append(tensors, writer(p.Name, p.Tensor))
		}
		return checkpoints.WriteSafetensors(path, tensors, metadata)
	})
}

// writer is a float32 tensor for a file, written out of libtorch's memory.
func writer(name string, t *libtorch.Tensor) checkpoints.TensorWriter {
	return checkpoints.TensorWriter{Name: name, DType: checkpoints.F32, Shape: t.Shape(), Write: func(w io.Writer) error {
		_, err := t.WriteTo(w)
		return err
	}}
}

// read overwrites t with the tensor of a file.
func read(ck *checkpoints.Checkpoint, name string, t *libtorch.Tensor) error {
	values, err := floats(ck, name, t.Shape()...)
	if err != nil {
		return err
	}
	return t.SetFloat32s(values)
}

// floats are the values of a file's tensor, which must have the given shape.
func floats(ck *checkpoints.Checkpoint, name string, shape ...int) ([]float32, error) {
	stored, err := ck.Tensor(name)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(stored.Shape, shape) {
		return nil, usererror.Errorf("tensor %s has shape %v, and %v is wanted", name, stored.Shape, shape)
	}
	if err := stored.CheckFinite(); err != nil {
		return nil, err
	}
	return checkpoints.Float32s(stored), nil
}

// openHead reads a head of so many labels on hidden states of width d.
func openHead(saved *checkpoints.Checkpoint, dev libtorch.Device, labels, d int) (*heads.Linear, error) {
	info, err := saved.Info(headBiasName)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(info.Shape, []int{labels}) {
		return nil, usererror.Errorf("%s has %d labels, and the head in %s has shape %v", recordFile, labels, bestFile, info.Shape)
	}
	weight, err := floats(saved, headWeightName, labels, d)
	if err != nil {
		return nil, err
	}
	bias, err := floats(saved, headBiasName, labels)
	if err != nil {
		return nil, err
	}
	return heads.From(dev, weight, bias)
}
