package libtorch

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

// Tensors of ever other sizes, small and mapped, made and freed in any order,
// never share memory, and lie as libtorch's kernels want it.
func TestBlocksAreApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	type held struct {
		tensor *Tensor
		value  float64
	}
	var slots [24]held
	err := NoGrad(CPU, func(s *Scope) error {
		for round := range 2000 {
			slot := &slots[rng.IntN(len(slots))]
			if slot.tensor != nil {
				s.Do(func(s *Scope) {
					sum := s.To(s.Mean(slot.tensor), CPU, Float32).Item()
					if sum != slot.value {
						t.Fatalf("round %d: a tensor of %v holds a mean of %v", round, slot.value, sum)
					}
				})
				slot.tensor.Free()
			}
			n := 1 << (4 + rng.IntN(17))
			n += rng.IntN(n)
			s.Do(func(in *Scope) {
				ones := in.Exp(in.Zeros(Float32, n))
				slot.value = float64(int(1) << (round % 24)) // powers of two have exact means
				slot.tensor = in.Scale(ones, slot.value).Keep()
			})
			if at := address(slot.tensor); at%64 != 0 {
				t.Fatalf("a tensor of %d elements lies at %x", n, at)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, slot := range slots {
		slot.tensor.Free()
	}
}

// More memory than there is is an error, and work goes on after it.
func TestOutOfMemory(t *testing.T) {
	err := NoGrad(CPU, func(s *Scope) error {
		s.Empty(Float32, 1<<30, 1<<20)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Fatalf("an impossible tensor: %v", err)
	}
	err = NoGrad(CPU, func(s *Scope) error {
		s.Zeros(Float32, 1<<20)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func address(t *Tensor) (at uintptr) {
	t.memory(t.DType(), func(data []byte) { at = uintptr(unsafe.Pointer(&data[0])) })
	return at
}
