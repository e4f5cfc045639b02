package checkpoints

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"sync"
	"unsafe"
)

// Float32s copies the elements as float32; a Bool is 0 or 1. F64 and wide integers are rounded to the nearest float32, ties
// to even. 8-bit floats, which need scales, and complex numbers become NaN.
func Float32s(t Tensor) []float32 {
	out := make([]float32, t.Elements())
	decode(out, t.Data, t.DType)
	return out
}

// As casts the tensor to another floating-point type, rounded to the nearest value, ties to even. As in torch, values pass
// through float32, and values beyond the range of dst become infinite. A tensor of type dst is returned unchanged; integer
// types are an error.
func (t Tensor) As(dst DType) (Tensor, error) {
	if t.DType == dst {
		return t, nil
	}
	if !t.DType.IsFloat() || !dst.IsFloat() {
		return Tensor{}, fmt.Errorf("tensor %q: cannot convert %v to %v", t.Name, t.DType, dst)
	}
	out := Tensor{Name: t.Name, DType: dst, Shape: t.Shape, Data: make([]byte, t.Elements()*dst.Size())}
	cast(out.Data, dst, t.Data, t.DType)
	return out, nil
}

// cast converts the elements of src into dst, on all cores, and counts the finite values that became infinite.
func cast(dst []byte, to DType, src []byte, from DType) (overflowed int) {
	n := len(src) / from.Size()
	workers := max(1, min(runtime.GOMAXPROCS(0), n>>16)) // at least 65,536 elements each
	share := (n + workers - 1) / workers
	counts := make([]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		first, last := min(w*share, n), min((w+1)*share, n)
		wg.Go(func() {
			counts[w] = castPart(dst[first*to.Size():last*to.Size()], to, src[first*from.Size():last*from.Size()], from)
		})
	}
	wg.Wait()
	for _, count := range counts {
		overflowed += count
	}
	return overflowed
}

// castPart is cast on one core: directly if one side is float32, else through a buffer that fits in the cache.
func castPart(dst []byte, to DType, src []byte, from DType) (overflowed int) {
	if wide, ok := viewFloat32s(dst); ok && to == F32 {
		return decode(wide, src, from)
	}
	if wide, ok := viewFloat32s(src); ok && from == F32 {
		return encode(dst, wide, to)
	}
	var buffer [4096]float32
	for len(src) > 0 {
		block := buffer[:min(len(src)/from.Size(), len(buffer))]
		overflowed += decode(block, src, from)
		overflowed += encode(dst, block, to)
		src, dst = src[len(block)*from.Size():], dst[len(block)*to.Size():]
	}
	return overflowed
}

// viewFloat32s views aligned little-endian bytes as float32; the machine is little-endian.
func viewFloat32s(b []byte) ([]float32, bool) {
	if len(b) == 0 || uintptr(unsafe.Pointer(&b[0]))%4 != 0 {
		return nil, false
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[0])), len(b)/4), true
}

// decode fills dst from the little-endian elements at the start of src, and counts the finite values that became infinite.
func decode(dst []float32, src []byte, from DType) (overflowed int) {
	src = src[:len(dst)*from.Size()] // one bounds check
	switch from {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F16:
		wide := float16s()
		for i := range dst {
			dst[i] = wide[binary.LittleEndian.Uint16(src[2*i:])]
		}
	case BF16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	case F64:
		for i := range dst {
			wide := math.Float64frombits(binary.LittleEndian.Uint64(src[8*i:]))
			dst[i] = float32(wide)
			if math.IsInf(float64(dst[i]), 0) && !math.IsInf(wide, 0) {
				overflowed++
			}
		}
	default:
		one := decoders[from]
		for i := range dst {
			dst[i] = one(src[i*from.Size():])
		}
	}
	return overflowed
}

// decoders decode one element of the types that weights rarely have.
var decoders = map[DType]func(b []byte) float32{
	I64:    func(b []byte) float32 { return float32(int64(binary.LittleEndian.Uint64(b))) },
	I32:    func(b []byte) float32 { return float32(int32(binary.LittleEndian.Uint32(b))) },
	I16:    func(b []byte) float32 { return float32(int16(binary.LittleEndian.Uint16(b))) },
	I8:     func(b []byte) float32 { return float32(int8(b[0])) },
	U64:    func(b []byte) float32 { return float32(binary.LittleEndian.Uint64(b)) },
	U32:    func(b []byte) float32 { return float32(binary.LittleEndian.Uint32(b)) },
	U16:    func(b []byte) float32 { return float32(binary.LittleEndian.Uint16(b)) },
	U8:     func(b []byte) float32 { return float32(b[0]) },
	Bool:   func(b []byte) float32 { return float32(b[0]) },
	F8E5M2: func([]byte) float32 { return float32(math.NaN()) },
	F8E4M3: func([]byte) float32 { return float32(math.NaN()) },
	C64:    func([]byte) float32 { return float32(math.NaN()) },
}

// encode writes src to the start of dst as little-endian elements of a floating-point type, and counts the finite values
// that became infinite.
func encode(dst []byte, src []float32, to DType) (overflowed int) {
	dst = dst[:len(src)*to.Size()]
	switch to {
	case F64:
		for i, v := range src {
			binary.LittleEndian.PutUint64(dst[8*i:], math.Float64bits(float64(v)))
		}
	case F32:
		for i, v := range src {
			binary.LittleEndian.PutUint32(dst[4*i:], math.Float32bits(v))
		}
	case F16:
		for i, v := range src {
			half := float32ToFloat16(v)
			binary.LittleEndian.PutUint16(dst[2*i:], half)
			if half&0x7fff == 0x7c00 && !math.IsInf(float64(v), 0) {
				overflowed++
			}
		}
	case BF16:
		for i, v := range src {
			half := float32ToBFloat16(v)
			binary.LittleEndian.PutUint16(dst[2*i:], half)
			if half&0x7fff == 0x7f80 && !math.IsInf(float64(v), 0) {
				overflowed++
			}
		}
	}
	return overflowed
}
