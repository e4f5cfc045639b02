package libtorch

import (
	"fmt"

	"github.com/sugarme/gotch"

	"xpt/internal/kernels"
)

// DType is an element type. The zero value stands for the type that suits the
// device, see [DType.On].
type DType int // libtorch's number of the type plus one

// The element types that models use.
const (
	Float32  = DType(gotch.Float) + 1
	Float16  = DType(gotch.Half) + 1
	BFloat16 = DType(gotch.BFloat16) + 1
	Int64    = DType(gotch.Int64) + 1
	Bool     = DType(gotch.Bool) + 1

	int32s = DType(gotch.Int) + 1 // of the kernels' indices
)

var dtypeNames = map[DType]string{0: "auto", Float32: "float32", Float16: "float16", BFloat16: "bfloat16", Int64: "int64", Bool: "bool"}

// String returns the type's name in PyTorch, auto for the zero value.
func (d DType) String() string {
	if name, ok := dtypeNames[d]; ok {
		return name
	}
	return fmt.Sprintf("dtype(%d)", d.Scalar())
}

// Size returns the bytes of one element, 0 for the zero value.
func (d DType) Size() int { return int(gotch.DType(d.Scalar()).Size()) }

// Scalar returns libtorch's number of the type.
func (d DType) Scalar() int { return int(d) - 1 }

// gotch fails where there is no such type: libtorch would end the process.
func (d DType) gotch() gotch.DType {
	t := gotch.DType(d.Scalar())
	if t.CKind() < 0 {
		panic(&Error{Op: "dtype", Message: fmt.Sprintf("%v is no type of elements: use float32, bfloat16, float16, int64 or bool", d)})
	}
	return t
}

// On returns the type itself, or for the zero value the one that suits the
// device: bfloat16 where the hardware multiplies it (a GPU of compute capability 8.0 on, or a CPU of the
// tiers avx512-bf16, amx and neon-bf16), and float32 elsewhere.
func (d DType) On(dev Device) DType {
	switch {
	case d != 0:
		return d
	case Arithmetic(dev, BFloat16) != BFloat16:
		return Float32
	}
	if gpu, ok := dev.driverGPU(); ok && !gpu.MultipliesBFloat16() { // libtorch would widen each product
		return Float32
	}
	return BFloat16
}

// ParseDType reads auto, which is the zero value's type on the device, float32,
// bfloat16 or float16.
func ParseDType(name string, dev Device) (DType, error) {
	for _, d := range []DType{0, Float32, BFloat16, Float16} {
		if name == d.String() {
			return d.On(dev), nil
		}
	}
	return 0, fmt.Errorf("unknown dtype %q: use auto, float32, bfloat16 or float16", name)
}

// Arithmetic returns the type that a model of dtype computes its activations in
// on the device: dtype itself, or float32 on a CPU without arithmetic for it.
// Weights stay in the half type there, and products widen them on the way.
func Arithmetic(dev Device, dtype DType) DType {
	if dev.IsCUDA() || dtype == BFloat16 && kernels.HasBFloat16() {
		return dtype
	}
	return Float32
}
