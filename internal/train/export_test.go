package train

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

const adapterFixtures = "../../testdata/checkpoints/"

// TestAdaptersGiveTheHiddenStatesOfPEFT runs the adapters that PEFT saved and
// compares with the hidden states that PEFT computed with them.
func TestAdaptersGiveTheHiddenStatesOfPEFT(t *testing.T) {
	m, err := xglm.Load(adapterFixtures+"xglm/safetensors", xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	expected, err := checkpoints.OpenFile(adapterFixtures + "adapters/hidden.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer expected.Close()
	rows := [][]int{{2, 5, 6, 7, 8, 9}, {2, 9, 10, 11}} // the second was padded to six on the right
	for _, name := range expected.Names() {
		t.Run(name, func(t *testing.T) {
			prompt, err := openPEFT(m, adapterFixtures+"adapters/"+name)
			if err != nil {
				t.Fatal(err)
			}
			defer prompt.Free()
			tensor, err := expected.Tensor(name) // [L + 1, row, token, d]
			if err != nil {
				t.Fatal(err)
			}
			want := checkpoints.Float32s(tensor)
			err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				compare := func(k int, h *libtorch.Tensor) {
					n := 6 * 8
					layer := want[2*n*k:]
					if diff := furthest(h.Float32s(), slices.Concat(layer[:n], layer[n:n+4*8])); diff > 1e-5 {
						t.Errorf("hidden state %d differs by %g of its largest value", k, diff)
					}
				}
				last := m.ForwardEach(s, xglm.NewBatch(rows...), prompt.Past(s, m, xglm.Mode{}), xglm.Mode{}, compare)
				compare(m.Config.NumLayers, last)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// furthest is the largest difference, as a share of the largest wanted value.
func furthest(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var difference, largest float64
	for i, w := range want {
		difference = max(difference, math.Abs(float64(got[i]-w)))
		largest = max(largest, math.Abs(float64(w)))
	}
	return difference / largest
}

// savedRun is a run folder as a training leaves it, before its first step.
func savedRun(t *testing.T, method string) (dir string, l *Learner) {
	t.Helper()
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", method)
	l = newTiny(t, o)
	record, err := NewRecord(o, l)
	if err != nil {
		t.Fatal(err)
	}
	record.Best = &training.Evaluation{Step: 1, Epoch: 1}
	dir = t.TempDir()
	run := NewRun(dir, o)
	if err := run.create(record); err != nil {
		t.Fatal(err)
	}
	if err := l.save(filepath.Join(dir, bestFile), nil); err != nil {
		t.Fatal(err)
	}
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, l
}

func TestExportAdapter(t *testing.T) {
	for method, want := range map[string]struct {
		kind  string
		shape []int
	}{"prompt": {checkpoints.PromptTuning, []int{3, 32}}, "prefix": {checkpoints.PrefixTuning, []int{3, 2 * 2 * 32}}} {
		t.Run(method, func(t *testing.T) {
			run, _ := savedRun(t, method)
			folder := filepath.Join(t.TempDir(), "adapter")
			written, err := ExportAdapter(run, folder, "", 0)
			if err != nil {
				t.Fatal(err)
			}
			a, err := checkpoints.ReadAdapter(folder)
			if err != nil {
				t.Fatal(err)
			}
			if c := a.Config; c.PeftType != want.kind || c.NumAttentionHeads != 4 || c.NumLayers != 2 || c.TokenDim != 32 || c.NumVirtualTokens != 3 {
				t.Errorf("config %+v", c)
			}
			best, err := checkpoints.OpenFile(filepath.Join(run, bestFile))
			if err != nil {
				t.Fatal(err)
			}
			defer best.Close()
			if trained, err := best.Tensor(checkpoints.PromptEmbeddings); err != nil || !reflect.DeepEqual(a.Prompt.Data, trained.Data) || !slices.Equal(a.Prompt.Shape, want.shape) {
				t.Errorf("prompt %v is not what was trained, %v", a.Prompt.Shape, err)
			}
			for _, head := range a.Heads {
				if trained, err := best.Tensor(head.Name); err != nil || !reflect.DeepEqual(head.Data, trained.Data) {
					t.Errorf("%s is not what was trained, %v", head.Name, err)
				}
			}
			if len(a.Heads) != 2 || !slices.Equal(a.Config.ModulesToSave, []string{"classifier"}) {
				t.Errorf("%d head tensors, modules_to_save %q", len(a.Heads), a.Config.ModulesToSave)
			}
			notes, _ := os.ReadFile(filepath.Join(folder, "README.md"))
			if !strings.Contains(string(notes), "ADJ, ADP") || string(notes) != written.Notes {
				t.Errorf("README.md: %s", notes)
			}
		})
	}
	run, l := savedRun(t, "lora")
	folder := filepath.Join(t.TempDir(), "adapter")
	if _, err := ExportAdapter(run, folder, "", 0); err != nil {
		t.Fatal(err)
	}
	a, err := checkpoints.ReadAdapter(folder)
	if err != nil {
		t.Fatal(err)
	}
	if c := a.Config; c.PeftType != checkpoints.LoRA || c.LoRARank != 8 || c.LoRAAlpha != 8 || c.Bias != "none" || c.UseRSLoRA || a.CausalLM || len(a.Heads) != 2 {
		t.Errorf("config %+v, %d head tensors", c, len(a.Heads))
	}
	var targets []string
	if err := json.Unmarshal(a.Config.TargetModules, &targets); err != nil || !slices.Equal(targets, []string{"q_proj", "v_proj"}) {
		t.Errorf("target_modules %s", a.Config.TargetModules)
	}
	for _, p := range l.adapter.Parameters() {
		if !slices.ContainsFunc(a.Layers, func(t checkpoints.Tensor) bool {
			return t.Name == p.Name && slices.Equal(checkpoints.Float32s(t), p.Tensor.Float32s())
		}) {
			t.Errorf("%s is not what was trained", p.Name)
		}
	}
	run, _ = savedRun(t, "head")
	if _, err := ExportAdapter(run, filepath.Join(t.TempDir(), "a"), "", 0); err == nil || !strings.Contains(err.Error(), "PEFT has no form for") {
		t.Errorf("error %v for a run without an adapter", err)
	}
}

func TestExportBackbone(t *testing.T) {
	run, l := savedRun(t, "full")
	folder := filepath.Join(t.TempDir(), "hf")
	report, err := ExportBackbone(context.Background(), run, folder, "", checkpoints.ConvertOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(report.Carried, "config.json") || !slices.Contains(report.Carried, "sentencepiece.bpe.model") {
		t.Errorf("carried %q", report.Carried)
	}
	m, err := xglm.Load(folder, xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for i, want := range l.Model.Parameters() {
		if p := m.Parameters()[i]; p.Name != want.Name || !slices.Equal(p.Tensor.Float32s(), want.Tensor.Float32s()) {
			t.Errorf("%s is not what was trained", want.Name)
		}
	}
	head, err := checkpoints.OpenFile(filepath.Join(folder, checkpoints.TaskHeadFile))
	if err != nil {
		t.Fatal(err)
	}
	defer head.Close()
	if !slices.Equal(head.Names(), []string{headBiasName, headWeightName}) {
		t.Errorf("task head %q", head.Names())
	}
	prompt, _ := savedRun(t, "prompt")
	if _, err := ExportBackbone(context.Background(), prompt, filepath.Join(t.TempDir(), "a"), "", checkpoints.ConvertOptions{}); err == nil {
		t.Error("a run with a prompt became a checkpoint")
	}
}
