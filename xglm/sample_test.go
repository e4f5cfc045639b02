package xglm

import (
	"math"
	"path/filepath"
	"testing"

	"xpt/checkpoints"
)

// The tokens that may be drawn and their probabilities are those that
// HuggingFace's processors leave (testdata/xglm/make.py).
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
		"top_k":       {Temperature: 1.3, TopK: 7},
		"top_p":       {Temperature: 1, TopP: 0.8},
		"all":         {Temperature: 0.9, TopK: 12, TopP: 0.6, RepetitionPenalty: 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			scores := append([]float32(nil), floats("scores")...)
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
