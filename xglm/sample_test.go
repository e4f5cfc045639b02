package xglm

import (
	"math"
	"path/filepath"
	"testing"

	"xpt/checkpoints"
	"xpt/libtorch"
)

// The tokens that may be drawn and their probabilities are those that HuggingFace's processors
// leave (testdata/xglm/make.py).
func TestCandidatesEqualHF(t *testing.T) {
	ck, err := checkpoints.OpenFile(filepath.Join("..", "testdata", "xglm", "gelu", "paths.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer ck.Close()
	floats := func(name string) []float32 {
		x, err := ck.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		return checkpoints.Float32s(x)
	}
	ids, err := ck.Tensor("seen")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for i := 0; i < len(ids.Data); i += 8 {
		seen[int(ids.Data[i])] = true
	}
	for name, o := range map[string]Sampling{
		"temperature": {Temperature: 0.7},
		"penalty":     {Temperature: 1, RepetitionPenalty: 1.5},
		"ties":        {Temperature: 1, TopK: 8},
		"top_k":       {Temperature: 1.3, TopK: 7},
		"top_p":       {Temperature: 1, TopP: 0.8},
		"all":         {Temperature: 0.9, TopK: 12, TopP: 0.6, RepetitionPenalty: 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			source := "scores"
			if name == "ties" {
				source = name
			}
			scores := append([]float32(nil), floats(source)...)
			o.penalise(scores, seen)
			got := make([]float64, len(scores))
			ids, weights := o.candidates(scores)
			var sum float64
			for i, id := range ids {
				got[id] = weights[i]
				sum += weights[i]
			}
			want, total := make([]float64, len(scores)), 0.0
			for id, score := range floats("warp." + name) {
				want[id] = math.Exp(float64(score))
				total += want[id]
			}
			for id := range got {
				if g, w := got[id]/sum, want[id]/total; math.Abs(g-w) > 1e-6 {
					t.Errorf("token %d has probability %.7f, want %.7f", id, g, w)
				}
			}
		})
	}
}

// The LM head's scores come in chunks that together are those of one product.
func TestEachLogits(t *testing.T) {
	m, err := Load(filepath.Join("..", "testdata", "xglm", "gelu"), Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	defer func(n int) { logitsChunk = n }(logitsChunk)
	logitsChunk = 3 * m.Config.VocabSize
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		hidden := m.Forward(s, NewBatch([]int{2, 9, 8, 7, 6, 5, 4, 3}), nil, Mode{})
		want := m.Logits(s, hidden).Float32s()
		var got []float32
		chunks := 0
		m.EachLogits(s, hidden, func(_ *libtorch.Scope, from int, logits *libtorch.Tensor) {
			if from != 3*chunks || logits.Len(0) > 3 {
				t.Errorf("chunk %d begins at %d and has %d rows", chunks, from, logits.Len(0))
			}
			chunks++
			got = append(got, logits.Float32s()...)
		})
		if chunks != 3 || len(got) != len(want) {
			t.Fatalf("%d chunks, %d values, want 3 and %d", chunks, len(got), len(want))
		}
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-5 {
				t.Fatalf("value %d is %v, want %v", i, got[i], want[i])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
