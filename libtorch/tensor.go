package libtorch

// #include "shim.h"
import "C"

import (
	"fmt"
	"io"
	"unsafe"

	"github.com/sugarme/gotch/ts"

	"xpt/internal/torcherror"
)

// Tensor is a handle on a libtorch tensor, freed by its owner (see Scope).
type Tensor struct {
	h     *ts.Tensor
	owner *Scope // nil: lives until Free
	back  any    // what must stay reachable while the tensor reads its memory
}

func wrap(h *ts.Tensor) *Tensor {
	live.Add(1)
	return &Tensor{h: h}
}

// Free releases the handle; a second call does nothing. libtorch frees the
// memory when nothing else, such as the autograd graph, refers to it.
func (t *Tensor) Free() {
	if t == nil || t.h == nil {
		return
	}
	live.Add(-1)
	t.h.Drop()
	t.h, t.back = nil, nil
}

// Gotch returns t as a tensor of gotch's, for operations that this package lacks.
// t goes on owning it, so it must not be dropped and is gone when t is freed.
// What operations of gotch's make of it is the caller's, see [Scope.FromGotch].
func (t *Tensor) Gotch() *ts.Tensor {
	if t == nil || t.h == nil || t.h.Ctensor() == nil {
		panic(&Error{Op: "tensor", Message: "it is nil, or was freed with its scope"})
	}
	return t.h
}

func (t *Tensor) c() C.xpt_tensor { return C.xpt_tensor(t.Gotch().Ctensor()) }

// Shape returns the sizes.
func (t *Tensor) Shape() []int {
	size, err := t.Gotch().Size()
	check("shape", err)
	shape := make([]int, len(size))
	for i, n := range size {
		shape[i] = int(n)
	}
	return shape
}

// Len returns the size of dimension dim; a negative one counts from the end.
func (t *Tensor) Len(dim int) int {
	shape := t.Shape()
	at := dim
	if at < 0 {
		at += len(shape)
	}
	if at < 0 || at >= len(shape) {
		panic(&Error{Op: "shape", Message: fmt.Sprintf("%v has no dimension %d", shape, dim)})
	}
	return shape[at]
}

// DType returns the element type.
func (t *Tensor) DType() DType { return DType(t.Gotch().DType()) + 1 }

// Device returns where the tensor's memory is.
func (t *Tensor) Device() Device {
	d, err := t.Gotch().Device()
	check("device", err)
	if d.Name == "CUDA" {
		return CUDA(int(d.Value))
	}
	return CPU
}

// Float32s copies the elements out in row-major order, whatever the tensor's
// dtype and device.
func (t *Tensor) Float32s() []float32 { return read[float32](t, Float32) }

// Int64s copies integer elements out in row-major order.
func (t *Tensor) Int64s() []int64 { return read[int64](t, Int64) }

// Bytes copies the elements out as they are: row-major, little-endian.
func (t *Tensor) Bytes() []byte { return read[byte](t, t.DType()) }

// WriteTo writes the elements as they are: row-major, little-endian. It copies
// nothing where the tensor lies so in the CPU's memory.
func (t *Tensor) WriteTo(w io.Writer) (size int64, err error) {
	defer torcherror.Catch(&err)
	var n int
	t.memory(t.DType(), func(data []byte) { n, err = w.Write(data) })
	return int64(n), err
}

// Item returns the only element.
func (t *Tensor) Item() float64 {
	values := t.Float32s()
	if len(values) != 1 {
		panic(&Error{Op: "item", Message: fmt.Sprintf("a tensor of shape %v has %d elements, not one", t.Shape(), len(values))})
	}
	return float64(values[0])
}

// SetFloat32s overwrites the elements, in row-major order, outside of any
// autograd graph. There must be as many values as elements.
func (t *Tensor) SetFloat32s(values []float32) (err error) {
	defer torcherror.Catch(&err)
	s := openScope(CPU)
	defer s.free()
	checkC("copy", C.xpt_copy(t.c(), s.Floats(values, t.Shape()...).c()))
	return nil
}

func read[E any](t *Tensor, dtype DType) (out []E) {
	t.memory(dtype, func(data []byte) {
		var e E
		out = make([]E, len(data)/int(unsafe.Sizeof(e)))
		copy(raw(out), data)
	})
	return out
}

// memory shows fn the elements in row-major order as dtype in the CPU's memory.
func (t *Tensor) memory(dtype DType, fn func(data []byte)) {
	n := dtype.Size()
	for _, k := range t.Shape() {
		n *= k
	}
	if n == 0 {
		fn(nil)
		return
	}
	s := openScope(CPU)
	defer s.free()
	flat := s.Contiguous(s.To(s.Detach(t), CPU, dtype))
	var p unsafe.Pointer
	checkC("data", C.xpt_data_ptr(flat.c(), &p))
	fn(unsafe.Slice((*byte)(p), n))
}

// Floats makes a float32 tensor of the values.
func (s *Scope) Floats(values []float32, shape ...int) *Tensor {
	return fromSlice(s, values, Float32, shape)
}

// Ints makes an int64 tensor, of shape [len(values)] unless one is given.
func (s *Scope) Ints(values []int, shape ...int) *Tensor {
	if shape == nil {
		shape = []int{len(values)}
	}
	return fromSlice(s, wide(values), Int64, shape)
}

func fromSlice[E any](s *Scope, values []E, dtype DType, shape []int) *Tensor {
	s.check("tensor")
	if s.Device == CPU {
		return s.Adopt(fromBlob(raw(values), dtype, shape, true))
	}
	data, dims := blob(raw(values), dtype, shape)
	var out C.xpt_tensor
	checkC("tensor", C.xpt_to_gpu(unsafe.Pointer(&data[0]), &dims[0], C.int(len(shape)), C.int(dtype.gotch()), C.int(s.Device.gpu-1), &out))
	return s.own("tensor", out)
}

// raw views the memory of values.
func raw[E any](values []E) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}

// Mapped makes a tensor that reads data in place: little-endian, row-major,
// such as a slice of a mapped file. data must stay mapped and unchanged while
// the tensor lives; back is held with it.
func Mapped(data []byte, dtype DType, shape []int, back any) (t *Tensor, err error) {
	defer torcherror.Catch(&err)
	t = fromBlob(data, dtype, shape, false)
	t.back = back
	return t, nil
}

// blob is the memory of a tensor as C takes it. Neither slice is empty, so that
// both have a first element.
func blob(data []byte, dtype DType, shape []int) ([]byte, []C.int64_t) {
	n := dtype.Size()
	dims := make([]C.int64_t, len(shape)+1)
	for i, k := range shape {
		n *= k
		dims[i] = C.int64_t(k)
	}
	if n != len(data) {
		panic(&Error{Op: "tensor", Message: fmt.Sprintf("%d bytes do not make %s of shape %v", len(data), dtype, shape)})
	}
	if n == 0 {
		data = make([]byte, 1)
	}
	return data, dims
}

func fromBlob(data []byte, dtype DType, shape []int, copied bool) *Tensor {
	data, dims := blob(data, dtype, shape)
	flag := C.int(0)
	if copied {
		flag = 1
	}
	var out C.xpt_tensor
	checkC("tensor", C.xpt_from_blob(unsafe.Pointer(&data[0]), &dims[0], C.int(len(shape)), C.int(dtype.gotch()), flag, &out))
	return wrap(ts.FromCtensor(unsafe.Pointer(out)))
}
