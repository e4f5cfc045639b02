package train

import (
	"fmt"
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
		case strings.HasSuffix(p.Name, checkpoints.LoRAB) && (least != 0 || most != 0):
			t.Errorf("%s is not zero", p.Name)
		case strings.HasSuffix(p.Name, checkpoints.LoRAA) && (least < -bound || most > bound || least > -0.9*bound || most < 0.9*bound):
			t.Errorf("%s is within [%v, %v]", p.Name, least, most)
		}
	}
	biased := o
	biased.LoRABias = "all"
	// Of 2 layers: 4 biases of attention, 2 of the feed-forward layers and those of 2 norms, and that of the last norm.
	const biases = 2*(7*32+48) + 32
	if was, got := l.Counts(), newTiny(t, biased).Counts(); got.Adapted != was.Adapted+biases || got.InPlace != biases || got.Share() <= was.Share() {
		t.Errorf("with all biases %+v, without %+v", got, was)
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

// Dropout is on what the product reads, of each value by itself, and in training alone.
func TestLoRADropout(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "udpos", "lora")
	o.LoRADropout = 0.5
	l := newTiny(t, o)
	if l.mode.AdapterDropout != 0.5 {
		t.Errorf("rate %v", l.mode.AdapterDropout)
	}
	ones := func(n int) []float32 { return slices.Repeat([]float32{1}, n) }
	for _, p := range l.adapter.Parameters() {
		if err := p.Tensor.SetFloat32s(ones(8 * 32)); err != nil {
			t.Fatal(err)
		}
	}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		const rows = 64
		x := s.Floats(ones(rows*32), rows, 32)
		change := l.adapter.(*lora).adaptation.Linear["model.layers.1.self_attn.v_proj"]
		for rate, mode := range map[float64]xglm.Mode{0: {Dropout: 0.5}, 0.5: {AdapterDropout: 0.5}} {
			kept, seen := 0.0, map[float32]bool{}
			for _, v := range change(s, x, s.Zeros(libtorch.Float32, rows, 32), mode).Float32s() {
				kept += float64(v) / (rows * 32 * 32 * 8) // 32 values, 8 products, scale 1
				seen[v] = true
			}
			if rate == 0 && (kept != 1 || len(seen) != 1) || rate > 0 && (kept < 0.95 || kept > 1.05 || len(seen) < 8) {
				t.Errorf("rate %v: %v of the product, %d values", rate, kept, len(seen))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A run whose factors mean something else is nothing to start from.
func TestLoRAStartsFromItsLike(t *testing.T) {
	run, l := savedRun(t, "lora")
	r, err := ReadRecord(run)
	if err != nil {
		t.Fatal(err)
	}
	o := r.Options
	if _, err := l.startFrom(run, o, l.Task, o.Checkpoint); err != nil {
		t.Error(err)
	}
	o.LoRAAlpha = 16
	if _, err := l.startFrom(run, o, l.Task, o.Checkpoint); err == nil || !strings.Contains(err.Error(), "--lora-alpha is 16, and was 8") {
		t.Errorf("another alpha: %v", err)
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

// Adapters that PEFT saved give its hidden states, from either format, with trained biases and for a pattern of
// layers. Merged into the checkpoint they give the scores of PEFT's merge_and_unload; in a half type each value is
// rounded once.
func TestLoRAOfPEFTEqualsPEFT(t *testing.T) {
	const fixtures, gelu = "../../testdata/lora", "../../testdata/xglm/gelu"
	said, err := checkpoints.OpenFile(filepath.Join(fixtures, "adapters.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	of := func(name string) []float32 {
		t.Helper()
		x, err := said.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoints.Float32s(x)
	}
	common, err := checkpoints.OpenFile(trajectories)
	if err != nil {
		t.Fatal(err)
	}
	defer common.Close()
	items := trajectoryItems(t, common, "tagging")
	for name, want := range map[string]string{"lm": "lm", "lm_bin": "lm", "biases": "biases", "head": "head"} {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join(fixtures, name)
			b := &Base{Dir: gelu, DType: libtorch.Float32}
			l, err := b.Open(folder)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			defer l.Close()
			for i, item := range items {
				near(t, fmt.Sprintf("hidden states of row %d", i), states(t, l.Model, xglm.NewBatch(item.IDs), xglm.Mode{}), of(fmt.Sprintf("%s.hidden.%d", want, i)))
			}
			a, err := checkpoints.ReadAdapter(folder)
			if err != nil {
				t.Fatal(err)
			}
			if name == "head" {
				weight, bias, err := headOf(a, l.Model.Config)
				if err != nil {
					t.Fatal(err)
				}
				for i, item := range items {
					hidden, got := states(t, l.Model, xglm.NewBatch(item.IDs), xglm.Mode{}), slices.Clone(bias)
					for k := range got {
						for j, h := range hidden[len(hidden)-32:] {
							got[k] += weight[32*k+j] * h
						}
					}
					near(t, fmt.Sprintf("head on row %d", i), got, of(fmt.Sprintf("head.head.%d", i)))
				}
				return
			}
			saved := layersOf(t, a)
			o := training.Options{LoRARank: a.Config.LoRARank, LoRAAlpha: a.Config.LoRAAlpha}
			merged := func(dtype checkpoints.DType) string {
				out := filepath.Join(t.TempDir(), "merged")
				if _, err := checkpoints.Convert(t.Context(), gelu, out, checkpoints.ConvertOptions{Merged: mergeLoRA(o, saved), DType: dtype}); err != nil {
					t.Fatal(err)
				}
				return out
			}
			whole := merged(0)
			m, err := xglm.Load(whole, xglm.Options{DType: libtorch.Float32})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			for i, item := range items {
				err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
					logits := m.Logits(s, m.Forward(s, xglm.NewBatch(item.IDs), nil, xglm.Mode{}))
					near(t, fmt.Sprintf("merged logits of row %d", i), logits.Float32s(), of(fmt.Sprintf("%s.logits.%d", want, i)))
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			compareRounded(t, merged(checkpoints.BF16), whole)
			if a, b := continued(t, l.Model, items), continued(t, m, items); !reflect.DeepEqual(a, b) {
				t.Errorf("it goes on with %v, merged with %v", a, b)
			}
		})
	}
}

// continued are the tokens that a model goes on with, greedily.
func continued(t *testing.T, m *xglm.Model, items []Item) (out [][]int) {
	t.Helper()
	var rows [][]int
	for _, item := range items {
		rows = append(rows, item.IDs)
	}
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		out, err = m.Generate(s, rows, nil, xglm.Generation{MaxNewTokens: 5}, nil)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// layersOf are the adapter's factors and biases in a file as a run has them.
func layersOf(t *testing.T, a *checkpoints.Adapter) *checkpoints.Checkpoint {
	t.Helper()
	path := filepath.Join(t.TempDir(), "best.safetensors")
	var tensors []checkpoints.TensorWriter
	for _, x := range a.Layers {
		tensors = append(tensors, x.Writer())
	}
	if err := checkpoints.WriteSafetensors(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	saved, err := checkpoints.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { saved.Close() })
	return saved
}

// compareRounded fails unless a checkpoint has the values of another, each rounded once.
func compareRounded(t *testing.T, rounded, whole string) {
	t.Helper()
	a, err := checkpoints.Open(rounded)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := checkpoints.Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	for _, name := range b.Names() {
		got, err := a.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := b.Tensor(name)
		if err == nil {
			want, err = want.As(got.DType)
		}
		if err != nil || got.DType != checkpoints.BF16 || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%s in %v is not its rounded value, %v", name, got.DType, err)
		}
	}
}
