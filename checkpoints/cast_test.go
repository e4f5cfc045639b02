package checkpoints

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFloat16Exact widens all 65536 values, compares each with the definition
// of binary16, and narrows it again.
func TestFloat16Exact(t *testing.T) {
	for i := range 1 << 16 {
		h := uint16(i)
		wide := float64(float16ToFloat32(h))
		if math.IsNaN(wide) {
			if h&0x7c00 != 0x7c00 || h&0x3ff == 0 || !math.IsNaN(float64(float16ToFloat32(float32ToFloat16(float32(wide))))) {
				t.Fatalf("%04x is NaN", h)
			}
			continue
		}
		exponent, fraction := int(h>>10)&31, float64(h&0x3ff)
		want := math.Ldexp(fraction, -24)
		if exponent == 31 {
			want = math.Inf(1)
		} else if exponent > 0 {
			want = math.Ldexp(1024+fraction, exponent-25)
		}
		if h&0x8000 != 0 {
			want = -want
		}
		if wide != want || float32ToFloat16(float32(wide)) != h {
			t.Fatalf("%04x: %v and back %04x, want %v", h, wide, float32ToFloat16(float32(wide)), want)
		}
	}
}

// TestRoundsToNearestEven compares narrowing with big.Float's rounding, at the
// points between two neighbours and beside them, and at random ones.
func TestRoundsToNearestEven(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	values := []float32{0, 1, 65504, 65519.996, 65520, 1e-8, 2.9802322e-8, 2.9802326e-8, 6.1035156e-5, 6.1005e-5, 3.3961775e38, 3.4e38, 1e-45}
	for range 20000 {
		values = append(values, math.Float32frombits(random.Uint32()))
		mid := float16ToFloat32(uint16(random.IntN(0x7c00))) / 2 * (1 + 1.0/2048)
		values = append(values, mid, math.Nextafter32(mid, 0), math.Nextafter32(mid, 1e9))
		bits := random.Uint32()&0x7fff0000 | 0x8000
		values = append(values, math.Float32frombits(bits), math.Float32frombits(bits+1), math.Float32frombits(bits-1))
	}
	for _, v := range values {
		if v != v {
			continue
		}
		if got, want := float16ToFloat32(float32ToFloat16(v)), rounded(v, 11, -24, 65504); got != want {
			t.Fatalf("float16 of %v is %v, want %v", v, got, want)
		}
		if got, want := math.Float32frombits(uint32(float32ToBFloat16(v))<<16), rounded(v, 8, -133, 0x1.fep127); got != want {
			t.Fatalf("bfloat16 of %v is %v, want %v", v, got, want)
		}
	}
}

// rounded rounds v to a format with some bits of precision, a smallest
// positive value of 2^lowest and a largest value.
func rounded(v float32, precision uint, lowest int, largest float64) float32 {
	if v == 0 || math.IsInf(float64(v), 0) {
		return v
	}
	exponent := math.Ilogb(float64(v))
	if limit := exponent - lowest + 1; limit < int(precision) {
		precision = uint(max(limit, 0))
	}
	if precision == 0 { // at most half of the smallest value
		if exponent == lowest-1 && math.Abs(float64(v)) > math.Ldexp(1, exponent) {
			return float32(math.Copysign(math.Ldexp(1, lowest), float64(v)))
		}
		return float32(math.Copysign(0, float64(v)))
	}
	out, _ := new(big.Float).SetPrec(precision).SetMode(big.ToNearestEven).SetFloat64(float64(v)).Float64()
	if math.Abs(out) > largest {
		return float32(math.Copysign(math.Inf(1), float64(v)))
	}
	return float32(out)
}

func TestAs(t *testing.T) {
	source := Tensor{Name: "a", DType: F32, Shape: []int{3}, Data: make([]byte, 12)}
	encode(source.Data, []float32{1, 1e9, -0.1}, F32)
	for dtype, want := range map[DType][]float32{
		F16:  {1, float32(math.Inf(1)), -0.099975586},
		BF16: {1, 998244352, -0.100097656},
		F64:  {1, 1e9, -0.1},
		F32:  {1, 1e9, -0.1},
	} {
		got, err := source.As(dtype)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range Float32s(got) {
			if v != want[i] || got.DType != dtype || len(got.Data) != 3*dtype.Size() {
				t.Errorf("%v: element %d is %v, want %v", dtype, i, v, want[i])
			}
		}
	}
	if _, err := source.As(I32); err == nil {
		t.Error("F32 converts to I32")
	}
	if n := cast(make([]byte, 6), F16, source.Data, F32); n != 1 {
		t.Errorf("%d values overflowed, want 1", n)
	}
}

// TestCastMisaligned casts between every two types at every alignment.
func TestCastMisaligned(t *testing.T) {
	want := []float32{0, 1, -2.5, 0.25, 1024, float32(math.Inf(-1))}
	for _, from := range []DType{F64, F32, F16, BF16} {
		for _, to := range []DType{F64, F32, F16, BF16} {
			for skew := range 4 {
				src := make([]byte, skew+len(want)*from.Size())[skew:]
				dst := make([]byte, skew+len(want)*to.Size())[skew:]
				encode(src, want, from)
				overflowed := cast(dst, to, src, from)
				if got := Float32s(Tensor{DType: to, Data: dst}); !slices.Equal(got, want) || overflowed != 0 {
					t.Errorf("%v to %v, skew %d: %v, %d overflowed", from, to, skew, got, overflowed)
				}
			}
		}
	}
}

// TestCastInParts checks that a tensor large enough for several cores comes out as one.
func TestCastInParts(t *testing.T) {
	const n = 1<<18 + 7
	values := make([]float32, n)
	for i := range values {
		values[i] = float32(i%2048) / 4
	}
	source := Tensor{Name: "a", DType: F32, Shape: []int{n}, Data: make([]byte, 4*n)}
	encode(source.Data, values, F32)
	half, err := source.As(F16)
	if err != nil {
		t.Fatal(err)
	}
	if got := Float32s(half); !slices.Equal(got, values) {
		t.Error("values moved or changed")
	}
}
