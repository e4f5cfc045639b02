package checkpoints

import (
	"fmt"
	"math"
	"unsafe"
)

// view is a tensor in a file: a shape and strides over stored bytes.
type view struct {
	dtype   DType
	shape   []int
	strides []int    // in elements; nil where contiguous
	stored  []byte   // from the view's first element to its last
	file    *mapping // of stored
}

// maxRepeated limits the bytes of a view with repeated elements, which the file's size does not limit.
const maxRepeated = 16 << 20

// contiguousView is a view of all of stored.
func contiguousView(dtype DType, shape []int, stored []byte) (view, error) {
	size, err := byteSize(dtype, shape)
	if err != nil {
		return view{}, err
	}
	if size != len(stored) {
		return view{}, fmt.Errorf("%v of shape %v takes %d bytes, the file gives it %d", dtype, shape, size, len(stored))
	}
	return view{dtype: dtype, shape: shape, stored: stored}, nil
}

// stridedView is a view of storage from an offset; offset and strides count elements.
func stridedView(dtype DType, shape, strides []int, storage []byte, offset int) (view, error) {
	if len(strides) != len(shape) {
		return view{}, fmt.Errorf("shape %v has other dimensions than strides %v", shape, strides)
	}
	size, err := byteSize(dtype, shape)
	if err != nil {
		return view{}, err
	}
	if size == 0 {
		return view{dtype: dtype, shape: shape}, nil
	}
	have := len(storage) / dtype.Size() // elements
	last := offset
	for i, n := range shape {
		if strides[i] < 0 || offset < 0 {
			return view{}, fmt.Errorf("negative stride or offset")
		}
		if n > 1 && strides[i] > (math.MaxInt-last)/(n-1) {
			return view{}, fmt.Errorf("strides %v overflow", strides)
		}
		last += (n - 1) * strides[i]
	}
	if offset < 0 || last >= have {
		return view{}, fmt.Errorf("shape %v with strides %v reaches element %d of a storage of %d", shape, strides, last, have)
	}
	stored := storage[offset*dtype.Size() : (last+1)*dtype.Size()]
	if isContiguous(shape, strides) {
		return view{dtype: dtype, shape: shape, stored: stored}, nil
	}
	if size > len(stored) && size > maxRepeated {
		return view{}, fmt.Errorf("shape %v with strides %v repeats %d stored bytes into %d", shape, strides, len(stored), size)
	}
	return view{dtype: dtype, shape: shape, strides: strides, stored: stored}, nil
}

func isContiguous(shape, strides []int) bool {
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 && strides[i] != step {
			return false
		}
		step *= shape[i]
	}
	return true
}

// dense returns a contiguous view, gathered in memory if it is strided.
func (v view) dense() view {
	if v.strides == nil {
		return v
	}
	return view{dtype: v.dtype, shape: v.shape, stored: v.gather()}
}

// bytes returns the elements contiguous and aligned: the stored bytes if possible, else a copy.
func (v view) bytes() []byte {
	if v.strides != nil {
		return v.gather()
	}
	if len(v.stored) > 0 && uintptr(unsafe.Pointer(&v.stored[0]))%uintptr(v.dtype.Size()) != 0 {
		return append([]byte(nil), v.stored...)
	}
	return v.stored
}

// gather copies the elements in row-major order.
func (v view) gather() []byte {
	width := v.dtype.Size()
	size, _ := byteSize(v.dtype, v.shape) // checked when the view was made
	out := make([]byte, 0, size)
	index := make([]int, len(v.shape))
	last := len(v.shape) - 1
	for at := 0; ; {
		for i := range v.shape[last] {
			from := (at + i*v.strides[last]) * width
			out = append(out, v.stored[from:from+width]...)
		}
		d := last - 1
		for ; d >= 0; d-- {
			index[d]++
			at += v.strides[d]
			if index[d] < v.shape[d] {
				break
			}
			at -= index[d] * v.strides[d]
			index[d] = 0
		}
		if d < 0 {
			return out
		}
	}
}
