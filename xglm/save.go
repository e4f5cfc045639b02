package xglm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/libtorch"
)

// Save writes config.json and model.safetensors into dir, as HuggingFace's
// save_pretrained lays them out, with the weights rounded to dtype.
func (m *Model) Save(dir string, dtype libtorch.DType) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	var tensors []checkpoints.TensorWriter
	err := libtorch.NoGrad(m.device, func(s *libtorch.Scope) error {
		for _, p := range m.Parameters() {
			rounded := s.To(p.Tensor, libtorch.CPU, dtype)
			t := checkpoints.Tensor{Name: p.Name, DType: fileDType[dtype], Shape: p.Tensor.Shape(), Data: rounded.Bytes()}
			tensors = append(tensors, t.Writer())
		}
		return nil
	})
	if err != nil {
		return err
	}
	config := m.Config
	config.DType = dtype.String()
	text, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "config.json"), append(text, '\n'), 0o666); err != nil {
		return err
	}
	return checkpoints.WriteSafetensors(filepath.Join(dir, "model.safetensors"), tensors, map[string]string{"format": "pt"})
}

// The weights' types by both rooms' names.
var torchDType = map[checkpoints.DType]libtorch.DType{
	checkpoints.F32: libtorch.Float32, checkpoints.F16: libtorch.Float16, checkpoints.BF16: libtorch.BFloat16,
}

var fileDType = map[libtorch.DType]checkpoints.DType{
	libtorch.Float32: checkpoints.F32, libtorch.Float16: checkpoints.F16, libtorch.BFloat16: checkpoints.BF16,
}

func isNormWeight(name string) bool { return strings.HasSuffix(name, "layer_norm.weight") }
