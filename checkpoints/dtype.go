package checkpoints

import "fmt"

// DType is the type of a tensor's elements.
type DType uint8

// The element types of XGLM's weights and of other tensors in their files (8-bit floats, states of random generators), in the
// order of the safetensors library, whose writer puts later types first to keep all tensors aligned.
const (
	Bool DType = iota + 1
	U8
	I8
	F8E5M2
	F8E4M3
	I16
	U16
	F16
	BF16
	I32
	U32
	F32
	C64
	F64
	I64
	U64
)

var dtypes = map[DType]struct {
	name, torch string
	size        int
}{
	Bool:   {"BOOL", "bool", 1},
	U8:     {"U8", "uint8", 1},
	I8:     {"I8", "int8", 1},
	F8E5M2: {"F8_E5M2", "float8_e5m2", 1},
	F8E4M3: {"F8_E4M3", "float8_e4m3fn", 1},
	I16:    {"I16", "int16", 2},
	U16:    {"U16", "uint16", 2},
	F16:    {"F16", "float16", 2},
	BF16:   {"BF16", "bfloat16", 2},
	I32:    {"I32", "int32", 4},
	U32:    {"U32", "uint32", 4},
	F32:    {"F32", "float32", 4},
	C64:    {"C64", "complex64", 8},
	F64:    {"F64", "float64", 8},
	I64:    {"I64", "int64", 8},
	U64:    {"U64", "uint64", 8},
}

// String is the name in a safetensors header: F32, BF16, ...
func (d DType) String() string {
	if info, ok := dtypes[d]; ok {
		return info.name
	}
	return fmt.Sprintf("DType(%d)", uint8(d))
}

// MarshalText is String, for JSON.
func (d DType) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// Torch is the name in torch and in a config.json: float32, bfloat16, ...
func (d DType) Torch() string { return dtypes[d].torch }

// Size is the number of bytes of one element.
func (d DType) Size() int { return dtypes[d].size }

// IsFloat tells whether weights can have the type. The 8-bit floats, which need scales, are excluded.
func (d DType) IsFloat() bool { return d == F64 || d == F32 || d == F16 || d == BF16 }

// ParseDType parses a safetensors name (F16) or torch name (float16).
func ParseDType(name string) (DType, error) {
	for d, info := range dtypes {
		if name == info.name || name == info.torch {
			return d, nil
		}
	}
	return 0, fmt.Errorf("unknown or unsupported dtype %q", name)
}
