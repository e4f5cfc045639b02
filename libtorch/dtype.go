package libtorch

import (
	"fmt"

	"github.com/sugarme/gotch"

	"xpt/internal/kernels"
)

// DType is an element type.
type DType gotch.DType

// The element types that models use.
const (
	Float32  = DType(gotch.Float)
	Float16  = DType(gotch.Half)
	BFloat16 = DType(gotch.BFloat16)
	Int64    = DType(gotch.Int64)
	Bool     = DType(gotch.Bool)
)

func (d DType) String() string {
	switch d {
	case Float32:
		return "float32"
	case Float16:
		return "float16"
	case BFloat16:
		return "bfloat16"
	case Int64:
		return "int64"
	case Bool:
		return "bool"
	}
	return fmt.Sprintf("dtype(%d)", int(d))
}

// Size returns the bytes of one element.
func (d DType) Size() int {
	switch d {
	case Float32:
		return 4
	case Float16, BFloat16:
		return 2
	case Int64:
		return 8
	}
	return 1
}

// ParseDType reads auto, float32, bfloat16 or float16. auto is bfloat16 where
// the hardware multiplies it (a GPU, or a CPU of the tiers avx512-bf16, amx and
// neon-bf16), and float32 elsewhere.
func ParseDType(name string, dev Device) (DType, error) {
	switch name {
	case "auto":
		if Arithmetic(dev, BFloat16) == BFloat16 {
			return BFloat16, nil
		}
		return Float32, nil
	case "float32":
		return Float32, nil
	case "bfloat16":
		return BFloat16, nil
	case "float16":
		return Float16, nil
	}
	return 0, fmt.Errorf("unknown dtype %q: use auto, float32, bfloat16 or float16", name)
}

// Arithmetic is the type that a model of dtype computes its activations in on
// the device: dtype itself, or float32 on a CPU without arithmetic for it.
// Weights stay in the half type there, and products widen them on the way.
func Arithmetic(dev Device, dtype DType) DType {
	if dev.IsCUDA() || dtype == BFloat16 && kernels.HasBFloat16() {
		return dtype
	}
	return Float32
}
