package libtorch

import (
	"slices"
	"testing"
)

// onGPU is the first GPU; without one the test is skipped.
func onGPU(t *testing.T) Device {
	t.Helper()
	gpu, err := ParseDevice("cuda")
	if err != nil {
		t.Skipf("skipped, as there is no GPU: %v", err)
	}
	return gpu
}

// Values get to a GPU whole, also while the memory that they came by is used
// for the next ones.
func TestValuesGetToTheGPU(t *testing.T) {
	gpu := onGPU(t)
	const n = 1 << 20
	err := Infer(gpu, func(s *Scope) error {
		var floats, ints []*Tensor
		for i := range 20 {
			floats = append(floats, s.Floats(slices.Repeat([]float32{float32(i)}, n), 2, n/2))
			ints = append(ints, s.Ints(slices.Repeat([]int{i}, n)))
		}
		for i := range 20 {
			if x := floats[i]; x.Device() != gpu || !slices.Equal(x.Shape(), []int{2, n / 2}) ||
				!slices.Equal(x.Float32s(), slices.Repeat([]float32{float32(i)}, n)) {
				t.Errorf("tensor %d of floats holds others", i)
			}
			if !slices.Equal(ints[i].Int64s(), slices.Repeat([]int64{int64(i)}, n)) {
				t.Errorf("tensor %d of ints holds others", i)
			}
		}
		if x := s.Ints(nil); x.Len(0) != 0 {
			t.Errorf("no values make shape %v", x.Shape())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
