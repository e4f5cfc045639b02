package allocator

import (
	"math/rand/v2"
	"strings"
	"testing"

	"xpt/libtorch"
)

// Tensors of ever other sizes, small and mapped, made and freed in any order,
// never share memory, and lie as libtorch's kernels want it.
func TestBlocksAreApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	type held struct {
		tensor *libtorch.Tensor
		value  float64
	}
	var slots [24]held
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		for round := range 2000 {
			slot := &slots[rng.IntN(len(slots))]
			if slot.tensor != nil {
				s.Do(func(s *libtorch.Scope) {
					sum := s.To(s.Mean(slot.tensor), libtorch.CPU, libtorch.Float32).Item()
					if sum != slot.value {
						t.Fatalf("round %d: a tensor of %v holds a mean of %v", round, slot.value, sum)
					}
				})
				slot.tensor.Free()
			}
			n := 1 << (4 + rng.IntN(17))
			n += rng.IntN(n)
			s.Do(func(in *libtorch.Scope) {
				ones := in.Exp(in.Zeros(libtorch.Float32, n))
				slot.value = float64(int(1) << (round % 24)) // powers of two have exact means
				slot.tensor = in.Scale(ones, slot.value).Keep()
			})
			if at := address(t, slot.tensor); at%64 != 0 {
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
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		s.Empty(libtorch.Float32, 1<<30, 1<<20)
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "out of memory") {
		t.Fatalf("an impossible tensor: %v", err)
	}
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		s.Zeros(libtorch.Float32, 1<<20)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func address(t *testing.T, x *libtorch.Tensor) uintptr {
	t.Helper()
	at, err := x.Gotch().DataPtr()
	if err != nil {
		t.Fatal(err)
	}
	return uintptr(at)
}
