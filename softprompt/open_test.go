package softprompt_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// Adapters of each kind, as PEFT saved them, give the hidden states that PEFT
// computes under them (testdata/xglm/make.py).
func TestOpenedAdaptersEqualPEFT(t *testing.T) {
	dir := filepath.Join("..", "testdata", "xglm", "gelu")
	m, err := xglm.Load(dir, xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	rows, err := checkpoints.OpenFile(filepath.Join(dir, "expected.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	paths, err := checkpoints.OpenFile(filepath.Join(dir, "paths.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer paths.Close()
	for _, kind := range []string{"prompt", "prefix", "ptuning"} {
		p, err := softprompt.Open(m, filepath.Join(dir, "adapters", kind))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Free()
		for i := range 4 {
			stored, err := rows.Tensor(fmt.Sprintf("rows.%d", i))
			if err != nil {
				t.Fatal(err)
			}
			ids := make([]int, stored.Elements())
			for k := range ids {
				ids[k] = int(stored.Data[8*k])
			}
			want, err := paths.Tensor(fmt.Sprintf("adapter.%s.%d.hidden", kind, i))
			if err != nil {
				t.Fatal(err)
			}
			err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				got := m.Forward(s, xglm.NewBatch(ids), p.Past(s, m, xglm.Mode{}), xglm.Mode{}).Float32s()
				for k, w := range checkpoints.Float32s(want) {
					if math.Abs(float64(got[k]-w)) > 3e-5 { // of values up to 4
						return fmt.Errorf("value %d is %v, want %v", k, got[k], w)
					}
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s row %d: %v", kind, i, err)
			}
		}
	}
}

func TestOpenRefusesAnotherBackbonesAdapter(t *testing.T) {
	m, err := xglm.Load(filepath.Join("..", "testdata", "xglm", "gelu"), xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	_, err = softprompt.Open(m, filepath.Join("..", "testdata", "checkpoints", "adapters", "prefix"))
	if err == nil || !strings.Contains(err.Error(), "another checkpoint") {
		t.Errorf("error = %v", err)
	}
}

// What a config leaves to the backbone is the backbone's, and the prompt's shape
// tells whether it was made for it.
func TestOpenTakesSizesFromTheBackbone(t *testing.T) {
	gelu := filepath.Join("..", "testdata", "xglm", "gelu")
	m, err := xglm.Load(gelu, xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, c := range []struct{ source, kind, want string }{
		{filepath.Join(gelu, "adapters", "prefix"), "PREFIX_TUNING", ""},
		{filepath.Join(gelu, "adapters", "prompt"), "PROMPT_TUNING", ""},
		{filepath.Join(gelu, "adapters", "prefix"), "PROMPT_TUNING", "token_dim is 192"},
		{filepath.Join("..", "testdata", "checkpoints", "adapters", "prefix"), "PREFIX_TUNING", "made for another checkpoint"},
		{filepath.Join(gelu, "adapters", "prompt"), "PREFIX_TUNING", "PREFIX_TUNING: a prompt of shape"},
	} {
		a, err := checkpoints.ReadAdapter(c.source)
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		if err := checkpoints.WriteSafetensors(filepath.Join(folder, "adapter_model.safetensors"), []checkpoints.TensorWriter{a.Prompt.Writer()}, nil); err != nil {
			t.Fatal(err)
		}
		config := fmt.Sprintf(`{"peft_type": %q, "num_virtual_tokens": %d, "num_layers": null, "token_dim": null}`, c.kind, a.Prompt.Shape[0])
		if err := os.WriteFile(filepath.Join(folder, "adapter_config.json"), []byte(config), 0o666); err != nil {
			t.Fatal(err)
		}
		p, err := softprompt.Open(m, folder)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s as %s: error %v, want %q", c.source, c.kind, err, c.want)
		}
		if err == nil {
			p.Free()
		}
	}
}
