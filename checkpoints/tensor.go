package checkpoints

import (
	"fmt"
	"math"
	"math/bits"

	"xpt/internal/usererror"
)

// Tensor is a named array in row-major order. Data has its elements little-endian, contiguous and aligned to the element size.
// Data of a Checkpoint's tensor may be a slice of the mapped file: it is read-only, and valid until the Checkpoint is closed.
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

// CheckFinite returns an error unless the tensor is floating-point and all values are finite in float32.
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
		return usererror.Errorf("tensor %q: %d of %d values are NaN or infinite: the file is damaged, or its training failed",
			t.Name, wrong, t.Elements())
	}
	return nil
}

// byteSize is the bytes of a contiguous tensor; a negative or overflowing shape is an error.
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
