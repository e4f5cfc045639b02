package xglm_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/xglm"
)

// The zero Options load a frozen model on the CPU, in the type auto.
func TestLoadWithZeroOptions(t *testing.T) {
	for _, load := range []func(xglm.Options) (*xglm.Model, error){
		func(o xglm.Options) (*xglm.Model, error) { return xglm.Load("../testdata/xglm/gelu", o) },
		func(o xglm.Options) (*xglm.Model, error) {
			return xglm.New(tinyConfig(), rand.New(rand.NewPCG(1, 1)), o)
		},
	} {
		m, err := load(xglm.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if want := libtorch.Arithmetic(libtorch.CPU, libtorch.BFloat16); m.Device() != libtorch.CPU || m.DType() != want {
			t.Errorf("%v on %v, want %v on the CPU", m.DType(), m.Device(), want)
		}
		infer(t, func(s *libtorch.Scope) {
			if h := m.Forward(s, xglm.NewBatch([]int{2, 5}), nil, xglm.Mode{}); !xglm.AllFinite(s, h) {
				t.Error("the hidden states are no numbers")
			}
		})
	}
}

// Forwards from several goroutines on one model, some far right of its positions, give what each
// gives alone.
func TestForwardsFromSeveralGoroutines(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	forward := func(i int) (out []float32, err error) {
		err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			b := xglm.NewBatch([]int{2, 5 + i, 7}, []int{2, 9})
			if i%2 == 1 {
				b.Positions = []int{0, 1, 2, 1000 * i, 1000*i + 1}
			}
			out = m.Forward(s, b, m.PastOf(s, m.Embed(s, []int{3 + i}), xglm.Mode{}), xglm.Mode{}).Float32s()
			return nil
		})
		return out, err
	}
	var wg sync.WaitGroup
	for i := range 8 {
		want, err := forward(i)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 5 {
				if got, err := forward(i); err != nil || !slices.Equal(got, want) {
					t.Errorf("forward %d beside others: %v, error %v, want %v", i, got, err, want)
				}
			}
		})
	}
	wg.Wait()
}

func tinyConfig() xglm.Config {
	c := xglm.DefaultConfig()
	c.VocabSize, c.DModel, c.FFNDim, c.NumLayers, c.AttentionHeads = 24, 8, 16, 2, 2
	return c
}

// What is written is a whole checkpoint, initialised as HuggingFace does.
func TestWriteRandom(t *testing.T) {
	c, dir := tinyConfig(), filepath.Join(t.TempDir(), "checkpoint")
	if err := xglm.WriteRandom(t.Context(), dir, c, 1, checkpoints.F16); err != nil {
		t.Fatal(err)
	}
	m, err := xglm.Load(dir, xglm.Options{Trainable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.Config.DType != "float16" || len(m.Parameters()) != len(c.Tensors()) {
		t.Errorf("%d weights in %s", len(m.Parameters()), m.Config.DType)
	}
	f := fixture{t: t}
	embed := f.weight(m, "model.embed_tokens.weight").Float32s()
	if padding := embed[c.DModel : 2*c.DModel]; largest(padding) != 0 || largest(embed) == 0 || largest(embed) > 10*c.InitStd {
		t.Errorf("embeddings of up to %v, that of padding %v", largest(embed), padding)
	}
	if norm := f.weight(m, "model.layer_norm.weight").Float32s(); slices.Min(norm) != 1 || slices.Max(norm) != 1 {
		t.Errorf("a norm of %v", norm)
	}
	if bias := f.weight(m, "model.layers.1.fc1.bias").Float32s(); largest(bias) != 0 {
		t.Errorf("a bias of %v", bias)
	}
}

// A tensor of several blocks has the same values whatever the number of cores, and no block twice.
func TestWriteRandomOnManyCores(t *testing.T) {
	c := tinyConfig()
	c.VocabSize = 300_000 // 2.3 blocks of embeddings
	const block = 2 << 20 // bytes
	var files [][]byte
	for _, cores := range []int{1, 2, 5} {
		before, dir := runtime.GOMAXPROCS(cores), t.TempDir()
		err := xglm.WriteRandom(t.Context(), dir, c, 1, checkpoints.BF16)
		runtime.GOMAXPROCS(before)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	if !bytes.Equal(files[0], files[1]) || !bytes.Equal(files[0], files[2]) {
		t.Error("the values depend on the number of cores")
	}
	embedding := files[0][len(files[0])-2*c.Parameters():] // the first tensor of the file
	if again := bytes.Count(files[0], embedding[block:block+16]); again != 1 || bytes.Contains(embedding[block:], embedding[:16]) {
		t.Errorf("the beginning of the second block stands there %d times", again)
	}
}

// Rows that are read whole and rows that are read in part go together.
func TestBatchAdd(t *testing.T) {
	for want, add := range map[string]func(b *xglm.Batch){
		"[0 1 2 3]": func(b *xglm.Batch) { b.Add([]int{2, 3, 4}, nil); b.Add([]int{2, 9}, []int{0}) },
		"[2 3 4]":   func(b *xglm.Batch) { b.Add([]int{2, 3, 4}, []int{2}); b.Add([]int{2, 9}, nil) },
	} {
		var b xglm.Batch
		add(&b)
		if got := fmt.Sprint(b.Read); got != want {
			t.Errorf("read %s, want %s", got, want)
		}
	}
	if b := xglm.NewBatch([]int{2, 3}); b.Read != nil {
		t.Errorf("a batch that is read whole lists %v", b.Read)
	}
}

// A checkpoint whose head is not tied to its embedding has one: HuggingFace would draw it at random.
func TestLoadWithoutUntiedHead(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"config.json", "model.safetensors"} {
		text, err := os.ReadFile(filepath.Join("../testdata/xglm/gelu", name))
		if err != nil {
			t.Fatal(err)
		}
		text = bytes.Replace(text, []byte(`"tie_word_embeddings": true`), []byte(`"tie_word_embeddings": false`), 1)
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := xglm.Load(dir, xglm.Options{}); err == nil || !strings.Contains(err.Error(), "missing lm_head.weight") {
		t.Errorf("%v, error %v", m, err)
	}
}
