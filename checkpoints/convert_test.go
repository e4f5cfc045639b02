package checkpoints

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tiny is the table of shapes of the fixtures' XGLM.
func tiny() map[string][]int {
	shapes := map[string][]int{EmbedTokens: {24, 8}, "model.layer_norm.weight": {8}, "model.layer_norm.bias": {8}}
	for _, layer := range []string{"model.layers.0.", "model.layers.1."} {
		for _, proj := range []string{"k", "v", "q", "out"} {
			shapes[layer+"self_attn."+proj+"_proj.weight"] = []int{8, 8}
			shapes[layer+"self_attn."+proj+"_proj.bias"] = []int{8}
		}
		for _, norm := range []string{"self_attn_layer_norm", "final_layer_norm"} {
			shapes[layer+norm+".weight"] = []int{8}
			shapes[layer+norm+".bias"] = []int{8}
		}
		shapes[layer+"fc1.weight"], shapes[layer+"fc1.bias"] = []int{16, 8}, []int{16}
		shapes[layer+"fc2.weight"], shapes[layer+"fc2.bias"] = []int{8, 16}, []int{8}
	}
	return shapes
}

// TestConvertsEveryLayout converts each layout to one file, which must be HF's
// own byte for byte, and names what it renamed, tied and dropped.
func TestConvertsEveryLayout(t *testing.T) {
	want, err := os.ReadFile(filepath.Join(fixtures, "xglm/safetensors/model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for layout, changes := range map[string]map[string]int{
		"safetensors": {}, "safetensors_shards": {}, "bin": {},
		"bin_tied": {"tied": 1}, "bin_shards": {"tied": 1}, "bin_legacy": {"tied": 1},
		"bin_no_prefix":     {"renamed": 35},
		"bin_wrapped":       {"renamed": 35, "tied": 1},
		"bin_old_positions": {"tied": 1, "dropped": 1},
		"bin_head_only":     {"renamed": 1, "tied": 1},
		"bin_untied":        {"kept": 1},
		"bin_training":      {"renamed": 35, "dropped": 7},
		"bin_value_head":    {"renamed": 35, "dropped": 2},
	} {
		t.Run(layout, func(t *testing.T) {
			target := filepath.Join(t.TempDir(), "out")
			report, err := Convert(context.Background(), filepath.Join(fixtures, "xglm", layout), target, ConvertOptions{Expected: tiny()})
			if err != nil {
				t.Fatal(err)
			}
			count := map[string]int{}
			for _, c := range report.Changes {
				count[c.Kind]++
			}
			if a, b := jsonText(count), jsonText(changes); a != b {
				t.Errorf("changes %s, want %s", a, b)
			}
			got, err := os.ReadFile(filepath.Join(target, "model.safetensors"))
			if err != nil {
				t.Fatal(err)
			}
			if layout != "bin_untied" && !bytes.Equal(got, want) {
				t.Error("the file differs from HF's")
			}
			config, _ := os.ReadFile(filepath.Join(target, "config.json"))
			if !strings.Contains(string(config), `"vocab_size": 24`) || !slices.Contains(report.Carried, "config.json") {
				t.Errorf("config.json not carried: %q", report.Carried)
			}
		})
	}
}

func jsonText(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}

// TestConvertShardsAndCasts writes bfloat16 shards and reads them again.
func TestConvertShardsAndCasts(t *testing.T) {
	source := filepath.Join(fixtures, "xglm/bin_tied")
	target := filepath.Join(t.TempDir(), "out")
	var last int64
	report, err := Convert(context.Background(), source, target, ConvertOptions{
		DType: BF16, MaxShardSize: 1000, Expected: tiny(), Progress: func(done, total int64) { last = total - done },
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Files) < 3 || !slices.Contains(report.Files, "model.safetensors.index.json") || last != 0 {
		t.Errorf("files %q, %d bytes left", report.Files, last)
	}
	want, got := open(t, Open, "xglm/bin_tied"), open(t, func(string) (*Checkpoint, error) { return Open(target) }, "")
	for name := range tiny() {
		w, _ := want.Tensor(name)
		g, err := got.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if w, _ = w.As(BF16); !bytes.Equal(w.Data, g.Data) || g.DType != BF16 {
			t.Errorf("%s differs", name)
		}
	}
	for _, file := range report.Files[:len(report.Files)-1] {
		info, _ := os.Stat(filepath.Join(target, file))
		header := int64(8 + 3000)
		if info.Size() > 1000+header {
			t.Errorf("%s has %d bytes", file, info.Size())
		}
	}
	config, _ := os.ReadFile(filepath.Join(target, "config.json"))
	if !strings.Contains(string(config), `"dtype": "bfloat16"`) {
		t.Errorf("config.json: %s", config)
	}
}

// TestConvertKeepsTiedHead keeps a head that equals the embedding where the
// config does not tie them.
func TestConvertKeepsTiedHead(t *testing.T) {
	target := filepath.Join(t.TempDir(), "out")
	if _, err := Convert(context.Background(), filepath.Join(fixtures, "xglm/bin_tied"), target, ConvertOptions{KeepHead: true}); err != nil {
		t.Fatal(err)
	}
	c := open(t, func(string) (*Checkpoint, error) { return Open(target) }, "")
	source := open(t, func(string) (*Checkpoint, error) { return Open(filepath.Join(fixtures, "xglm/bin_tied")) }, "")
	want, err := source.Tensor(EmbedTokens)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{EmbedTokens, LMHead} {
		if got, err := c.Tensor(name); err != nil || got.DType != want.DType || !slices.Equal(got.Shape, want.Shape) || !bytes.Equal(got.Data, want.Data) {
			t.Errorf("%s: %v %v, %v; want the embedding's %v %v", name, got.DType, got.Shape, err, want.DType, want.Shape)
		}
	}
}

// TestConvertRefuses checks that what cannot be converted leaves nothing behind.
func TestConvertRefuses(t *testing.T) {
	without, extra, reshaped := tiny(), tiny(), tiny()
	delete(without, "model.layer_norm.bias")
	extra["model.layers.2.fc1.bias"] = []int{16}
	reshaped["model.layers.1.fc1.bias"] = []int{17}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	large := filepath.Join(t.TempDir(), "large.safetensors")
	values := Tensor{Name: "a", DType: F32, Shape: []int{1}, Data: []byte{0, 0, 0x80, 0x7e}} // 2^126
	if err := WriteSafetensors(large, []TensorWriter{values.Writer()}, nil); err != nil {
		t.Fatal(err)
	}
	fixture := filepath.Join(fixtures, "xglm/bin_tied")
	for name, test := range map[string]struct {
		ctx    context.Context
		source string
		o      ConvertOptions
		want   string
	}{
		"unexpected": {nil, fixture, ConvertOptions{Expected: without}, "unexpected model.layer_norm.bias"},
		"missing":    {nil, fixture, ConvertOptions{Expected: extra}, "missing model.layers.2.fc1.bias"},
		"shape":      {nil, fixture, ConvertOptions{Expected: reshaped}, "model.layers.1.fc1.bias is [16], the config says [17]"},
		"canceled":   {canceled, fixture, ConvertOptions{}, "canceled"},
		"overflow":   {nil, large, ConvertOptions{DType: F16}, "beyond the range of float16"},
		"integer":    {nil, fixture, ConvertOptions{DType: I8}, "I8"},
		"no head":    {nil, filepath.Join(fixtures, "xglm/bin"), ConvertOptions{KeepHead: true}, "there is no lm_head.weight"},
		"no source":  {nil, fixture + "x", ConvertOptions{}, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			if test.ctx == nil {
				test.ctx = context.Background()
			}
			_, err := Convert(test.ctx, test.source, filepath.Join(folder, "out"), test.o)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if left, _ := os.ReadDir(folder); len(left) != 0 {
				t.Errorf("left %v", left)
			}
		})
	}
	if _, err := Convert(context.Background(), fixture, t.TempDir()+"/../"+filepath.Base(t.TempDir()), ConvertOptions{}); err != nil {
		t.Errorf("an empty folder is no obstacle: %v", err)
	}
	full := t.TempDir()
	os.WriteFile(filepath.Join(full, "precious"), nil, 0o644)
	if _, err := Convert(context.Background(), fixture, full, ConvertOptions{}); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("error %v for a folder that exists", err)
	}
}

// TestVerificationSeesDamage damages a written file and compares again.
func TestVerificationSeesDamage(t *testing.T) {
	target := filepath.Join(t.TempDir(), "out")
	source := filepath.Join(fixtures, "xglm/bin_tied")
	if _, err := Convert(context.Background(), source, target, ConvertOptions{}); err != nil {
		t.Fatal(err)
	}
	c := open(t, Open, "xglm/bin_tied")
	tensors, _, err := plan(c, ConvertOptions{})
	if err != nil {
		t.Fatal(err)
	}
	job := &conversion{ctx: context.Background()}
	if err := job.verify(target, tensors); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(target, "model.safetensors")
	data, _ := os.ReadFile(path)
	data[len(data)-1] ^= 1
	os.WriteFile(path, data, 0o644)
	if err := job.verify(target, tensors); err == nil || !strings.Contains(err.Error(), "differ") {
		t.Errorf("error %v after damage", err)
	}
}

// Weights that were quantized cannot be computed with, and become no checkpoint
// that says so only later.
func TestConvertRefusesQuantized(t *testing.T) {
	target := filepath.Join(t.TempDir(), "out")
	_, err := Convert(context.Background(), filepath.Join(fixtures, "xglm/bin_float8"), target, ConvertOptions{Expected: tiny()})
	if err == nil || !strings.Contains(err.Error(), "model.embed_tokens.weight is F8_E4M3") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a folder is left")
	}
	report, err := Inspect(filepath.Join(fixtures, "xglm/bin_float8"), tiny())
	if err != nil || report.Err() == nil || len(report.Mistyped) != 13 {
		t.Errorf("%v, %v", report, err)
	}
}

// What is no weight of XGLM is named, and neither listed nor counted.
func TestInspectLeavesOut(t *testing.T) {
	report, err := Inspect(filepath.Join(fixtures, "xglm/bin_training"), tiny())
	if err != nil || report.Err() != nil {
		t.Fatal(report, err)
	}
	if len(report.Tensors) != 35 || len(report.LeftOut) != 7 || report.Parameters != 1408 {
		t.Errorf("%d tensors of %d parameters, left out %q", len(report.Tensors), report.Parameters, report.LeftOut)
	}
	if note := report.Note(); note != "left out 7 tensors that are no weights of XGLM: optimizer_states.0.state.0.exp_avg, optimizer_states.0.state.0.exp_avg_sq, optimizer_states.0.state.0.step, ..." {
		t.Errorf("note %q", note)
	}
}
