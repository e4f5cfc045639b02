package xglm_test

import (
	"fmt"
	"log"

	"xpt/libtorch"
	"xpt/xglm"
)

// Load a checkpoint, run a text's beginning once, and read hidden states and the likeliest next
// token behind it.
func Example() {
	m, err := xglm.Load("../testdata/xglm/gelu", xglm.Options{DType: libtorch.Float32})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		past := m.PastOf(s, m.Embed(s, []int{2, 17, 4}), xglm.Mode{}) // keys and values of 3 positions
		b := xglm.NewBatch([]int{90, 33, 8}, []int{90, 33})
		hidden := m.Forward(s, b, past, xglm.Mode{}) // [3 + 2, d], both rows behind the past
		fmt.Println("hidden states:", hidden.Shape())
		fmt.Println("next tokens:", s.Argmax(m.Logits(s, hidden)).Int64s())
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// hidden states: [5 32]
	// next tokens: [51 22 51 51 22]
}
