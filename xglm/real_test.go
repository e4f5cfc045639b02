package xglm_test

import (
	"os"
	"slices"
	"testing"

	"xpt/libtorch"
	"xpt/xglm"
)

// The published 564M model's greedy continuation of "▁The ▁dog", as HuggingFace's own test of XGLM
// states it.
func TestRealCheckpointContinuesAsHF(t *testing.T) {
	dir := os.Getenv("XPT_REAL_CHECKPOINT")
	if dir == "" {
		t.Skip("skipped: set XPT_REAL_CHECKPOINT to a folder with facebook/xglm-564M's files")
	}
	m, err := xglm.Load(dir, xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	want := []int{67, 11, 1988, 57252, 9865, 5, 984, 67, 1988, 213838, 1658, 53, 70446, 33, 6657, 278, 1581}
	infer(t, func(s *libtorch.Scope) {
		got, err := m.Generate(s, [][]int{{2, 268, 9865}}, nil, xglm.Generation{MaxNewTokens: len(want)}, nil)
		if err != nil || !slices.Equal(got[0], want) {
			t.Errorf("continuation %v, %v, want %v", got, err, want)
		}
	})
}
