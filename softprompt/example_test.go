package softprompt_test

import (
	"fmt"
	"log"
	"math/rand/v2"

	"xpt/heads"
	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// Put a prefix before two texts, classify them by their last tokens, and read the gradient of the
// loss for the prefix.
func Example() {
	m, err := xglm.Load("../testdata/xglm/gelu", xglm.Options{DType: libtorch.Float32})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	prefix, err := softprompt.NewPrefix(m, 4, softprompt.Init{}, rng)
	if err != nil {
		log.Fatal(err)
	}
	defer prefix.Free()
	head, err := heads.New(m.Device(), 3, m.Config.DModel, rng)
	if err != nil {
		log.Fatal(err)
	}
	defer head.Free()
	err = libtorch.Run(m.Device(), func(s *libtorch.Scope) error {
		var b xglm.Batch
		b.Add([]int{2, 17, 4}, []int{2}) // the last position is read
		b.Add([]int{2, 90}, []int{1})
		hidden := m.Forward(s, b, prefix.Past(s, m, xglm.Mode{}), xglm.Mode{}) // [2, d]
		loss := s.CrossEntropy(head.Logits(s, hidden), s.Ints([]int{0, 2}), 0)
		loss.Backward()
		p := prefix.Parameters()[0]
		fmt.Println(p.Name, p.Tensor.Shape(), "has a gradient:", s.Grad(p.Tensor).Shape())
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// prompt_embeddings [4 192] has a gradient: [4 192]
}
