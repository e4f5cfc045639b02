package libtorch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sugarme/gotch"
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
// the hardware multiplies it natively (a GPU, or a CPU with AMX or
// AVX512-BF16), and float32 elsewhere.
func ParseDType(name string, dev Device) (DType, error) {
	switch name {
	case "auto":
		if dev.IsCUDA() || cpuHasBFloat16() {
			return BFloat16, nil
		}
		return Float32, nil
	case "float32":
		return Float32, nil
	case "bfloat16":
		return BFloat16, nil
	case "float16":
		if err := computes(Float16, dev); err != nil { // not wrapped: it is the choice that is wrong, nothing failed
			return 0, fmt.Errorf("dtype %q: libtorch %s does not compute it on %s (%v): use bfloat16 or float32", name, Version(), dev, err)
		}
		return Float16, nil
	}
	return 0, fmt.Errorf("unknown dtype %q: use auto, float32, bfloat16 or float16", name)
}

// computes tries a layer norm in dtype: older libtorchs lack it for float16 on
// the CPU.
func computes(dtype DType, dev Device) error {
	return Infer(dev, func(s *Scope) error {
		x := s.Zeros(dtype, 1, 4)
		s.LayerNorm(x, s.Zeros(dtype, 4), s.Zeros(dtype, 4), 1e-5)
		return nil
	})
}

// cpuHasBFloat16 tells the features by which a CPU multiplies bfloat16, on x86
// and on ARM.
func cpuHasBFloat16() bool {
	features := strings.Fields(cpuInfo("flags", "Features"))
	return slices.ContainsFunc([]string{"amx_bf16", "avx512_bf16", "bf16"}, func(f string) bool { return slices.Contains(features, f) })
}
