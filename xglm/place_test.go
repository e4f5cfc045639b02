package xglm

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"xpt/libtorch"
)

// Parts of a batch with their place in it have its hidden states, dropout and all: of the embeddings, the layers, attention and the
// activations, where all positions are read and where few are.
func TestPlaceOfAPart(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	mode := Mode{Dropout: 0.3, AttentionDropout: 0.3, ActivationDropout: 0.3}
	rows := [][]int{{5, 6, 7}, {8, 9}, {10, 11, 12, 13, 14}, {15, 16}}
	for _, reads := range [][][]int{{nil, nil, nil, nil}, {{0, 2}, {1}, {0, 4}, {0, 1}}} {
		batchOf := func(from, to int) (b Batch) {
			for i := from; i < to; i++ {
				b.Add(rows[i], reads[i])
			}
			return b
		}
		forward := func(b Batch, place Place) (out []float32) {
			mode := mode
			mode.Place = place
			err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
				if err := libtorch.ManualSeed(3); err != nil {
					return err
				}
				out = m.Forward(s, b, nil, mode).Float32s()
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		whole := batchOf(0, 4)
		want := forward(whole, Place{})
		for cut := 1; cut < 4; cut++ {
			before := batchOf(0, cut)
			place := Place{Token: len(before.IDs), Read: len(before.IDs), Tokens: len(whole.IDs), Longest: 5}
			if before.Read != nil {
				place.Read = len(before.Read)
			}
			got := append(forward(before, Place{Tokens: len(whole.IDs), Longest: 5}), forward(batchOf(cut, 4), place)...)
			if off := largestDifference(got, want); off > 1e-5 {
				t.Errorf("cut before row %d, reads %v: off by %v", cut, reads, off)
			}
		}
		if slices.Equal(want[:4], forward(batchOf(0, 4), Place{Token: 1, Read: 1, Tokens: len(whole.IDs) + 1, Longest: 5})[:4]) {
			t.Error("another place has the same dropout")
		}
	}
}

func largestDifference(got, want []float32) float64 {
	if len(got) != len(want) {
		panic(fmt.Sprint(len(got), " values for ", len(want)))
	}
	off := 0.0
	for i := range want {
		off = max(off, math.Abs(float64(got[i]-want[i])))
	}
	return off
}
