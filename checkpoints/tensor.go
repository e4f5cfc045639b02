package checkpoints

import (
	"fmt"
	"math"
	"math/bits"

	"xpt/internal/usererror"
)

// Tensor is a named array in row-major order. Data holds its elements
// little-endian, contiguous and aligned to the element size. Data of a tensor
// that came from a Checkpoint is often a slice of the mapped file: it must not
// be written to, and it is valid until the Checkpoint is closed.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // empty for a scalar
	Data  []byte
}

// Elements is the number of elements.
func (t Tensor) Elements() int {
	if size := t.DType.Size(); size > 0 {
		return len(t.Data) / size
	}
	return 0
}

// CheckFinite refuses a tensor that is not of a floating-point type, or holds
// NaN or values that are infinite in float32.
func (t Tensor) CheckFinite() error {
	if !t.DType.IsFloat() {
		return usererror.Errorf("tensor %q is %v, not floating-point", t.Name, t.DType)
	}
	wrong := 0
	for _, v := range Float32s(t) {
		if v-v != 0 {
			wrong++
		}
	}
	if wrong > 0 {
		return usererror.Errorf("tensor %q: %d of %d values are NaN or infinite: the file is damaged, or its training failed", t.Name, wrong, t.Elements())
	}
	return nil
}

// byteSize is the number of bytes of a contiguous tensor, or an error where
// the shape is negative or the product does not fit an int.
func byteSize(dtype DType, shape []int) (int, error) {
	size, empty := uint64(dtype.Size()), false
	for _, n := range shape {
		if n < 0 {
			return 0, fmt.Errorf("shape %v has a negative size", shape)
		}
		if n == 0 {
			empty = true
			continue
		}
		high, low := bits.Mul64(size, uint64(n))
		if high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("shape %v of %v overflows", shape, dtype)
		}
		size = low
	}
	if empty {
		return 0, nil
	}
	return int(size), nil
}
