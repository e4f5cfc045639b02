package checkpoints

import (
	"math"
	"sync"
)

// float16s is the table of all binary16 values: a lookup takes half the time of the computation.
var float16s = sync.OnceValue(func() *[1 << 16]float32 {
	var table [1 << 16]float32
	for h := range table {
		table[h] = float16ToFloat32(uint16(h))
	}
	return &table
})

// float16ToFloat32 converts an IEEE 754 binary16 value exactly.
func float16ToFloat32(h uint16) float32 {
	sign, magnitude := uint32(h&0x8000)<<16, uint32(h&0x7fff)<<13
	if magnitude >= 0x7c00<<13 { // infinity or NaN
		return math.Float32frombits(sign | 0x7f800000 | magnitude)
	}
	// The product moves the exponent's bias from 15 to 127, subnormals included.
	return math.Float32frombits(sign | math.Float32bits(math.Float32frombits(magnitude)*0x1p112))
}

// float32ToFloat16 rounds to the nearest binary16 value, ties to even. Values from 65520 become infinite; NaN stays a quiet NaN.
func float32ToFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	sign, b := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case b > 0x7f800000: // NaN
		return sign | 0x7e00
	case b >= 0x477ff000: // 65520 and up
		return sign | 0x7c00
	case b < 0x38800000: // below 2^-14: subnormal; the sum aligns and rounds the fraction
		return sign | uint16(math.Float32bits(math.Float32frombits(b)+0.5)-0x3f000000)
	default:
		b += 0xfff + b>>13&1
		return sign | uint16((b-112<<23)>>13)
	}
}

// float32ToBFloat16 rounds to the nearest bfloat16 value, ties to even. NaN becomes torch's 0x7fc0.
func float32ToBFloat16(f float32) uint16 {
	b := math.Float32bits(f)
	if f != f {
		return 0x7fc0
	}
	return uint16((b + 0x7fff + b>>16&1) >> 16)
}
