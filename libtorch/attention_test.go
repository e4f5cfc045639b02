package libtorch

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// attended is what one way of attention makes of q, k, v and a past, and the
// gradients of the mean of its products with weights.
type attended struct{ out, q, k, v, pastK, pastV []float32 }

// each calls fn for the parts of a and b of the same name.
func (a attended) each(b attended, fn func(name string, x, y []float32)) {
	fn("output", a.out, b.out)
	fn("gradient of q", a.q, b.q)
	fn("gradient of k", a.k, b.k)
	fn("gradient of v", a.v, b.v)
	fn("gradient of past keys", a.pastK, b.pastK)
	fn("gradient of past values", a.pastV, b.pastV)
}

// packedCase is rows of different lengths behind a past, perhaps an empty one.
type packedCase struct {
	lengths            []int
	heads, width, past int
}

func (c packedCase) starts() []int {
	starts := []int{0}
	for _, n := range c.lengths {
		starts = append(starts, starts[len(starts)-1]+n)
	}
	return starts
}

// packRows lays rows out for PackedAttention.
func (s *Scope) packRows(starts []int) *PackedRows {
	return s.PackRows(PackedAttention, starts, nil, RowsPlace{})
}

// randomOf is a tensor of random values.
func randomOf(s *Scope, rng *rand.Rand, shape ...int) *Tensor {
	size := 1
	for _, n := range shape {
		size *= n
	}
	return s.Floats(random(rng, size), shape...)
}

// attend computes with attention, which is given the parameters cast to dtype.
func (c packedCase) attend(t *testing.T, dtype DType, attention func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor) (a attended) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 1))
	starts := c.starts()
	n, d := starts[len(starts)-1], c.heads*c.width
	before := Live()
	err := Run(CPU, func(s *Scope) error {
		var params, cast []*Tensor
		for _, shape := range [][]int{{n, d}, {n, d}, {n, d}, {1, c.heads, c.past, c.width}, {1, c.heads, c.past, c.width}} {
			if slices.Contains(shape, 0) {
				params, cast = append(params, nil), append(cast, nil)
				continue
			}
			p, err := NewParameter(randomOf(s, rng, shape...))
			if err != nil {
				return err
			}
			defer p.Free()
			params, cast = append(params, p), append(cast, s.To(p, CPU, dtype))
		}
		out := attention(s, cast[0], cast[1], cast[2], cast[3], cast[4])
		weights := s.Floats(random(rng, n*d), n, d)
		s.Mean(s.Mul(s.To(out, CPU, Float32), weights)).Backward()
		a.out = out.Float32s()
		for i, to := range []*[]float32{&a.q, &a.k, &a.v, &a.pastK, &a.pastV} {
			if params[i] != nil {
				*to = s.Grad(params[i]).Float32s()
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if Live() != before {
		t.Fatalf("%d handles are left", Live()-before)
	}
	return a
}

// plain is attention row by row, by libtorch's operations.
func (c packedCase) plain(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
	starts := c.starts()
	var rows []*Tensor
	for r, n := range c.lengths {
		split := func(x *Tensor) *Tensor {
			return s.Transpose(s.Reshape(s.Narrow(x, 0, starts[r], n), 1, n, c.heads, c.width), 1, 2)
		}
		keys, values := split(k), split(v)
		if pastK != nil {
			keys, values = s.Cat(2, pastK, keys), s.Cat(2, pastV, values)
		}
		scores := s.Scale(s.Matmul(split(q), s.Transpose(keys, -1, -2)), 1/math.Sqrt(float64(c.width)))
		weights := s.Softmax(s.Add(scores, s.CausalMask(n, c.past, q.DType())))
		rows = append(rows, s.Reshape(s.Transpose(s.Matmul(weights, values), 1, 2), n, -1))
	}
	return s.Cat(0, rows...)
}

func (c packedCase) packed(dropout float64) func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
	return func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
		return s.AttendPacked(q, k, v, pastK, pastV, s.packRows(c.starts()), c.heads, dropout)
	}
}

// computes tells whether there is a kernel for the case in a type.
func (c packedCase) computes(dtype DType) bool {
	return AttentionOn(CPU, dtype, c.width) == PackedAttention && (dtype == Float32 || c.width%2 == 0)
}

// limit is four standard deviations of the roundings of the longest sum, over all
// tokens and the past, this way and that.
func (c packedCase) limit() float64 {
	starts := c.starts()
	return 8 * unit(Float32) * math.Sqrt(float64(starts[len(starts)-1]+c.past+c.width))
}

var packedCases = []packedCase{
	{lengths: []int{1}, heads: 1, width: 1},
	{lengths: []int{5, 1, 3}, heads: 2, width: 8},
	{lengths: []int{5, 1, 3}, heads: 2, width: 8, past: 4},
	{lengths: []int{50, 97, 48, 49}, heads: 3, width: 20, past: 17}, // more than a block of queries, odd sizes
	{lengths: []int{70, 2, 1, 1, 33, 64, 9}, heads: 4, width: 64, past: 100},
	{lengths: []int{130}, heads: 2, width: 80},
	{lengths: []int{9, 4}, heads: 2, width: 13, past: 3},
	{lengths: []int{9, 4}, heads: 2, width: 14, past: 3}, // the past's numbers make no whole pairs
}

// Output and gradients are those of attention written out, in float32 to
// rounding and in bfloat16 no further from float32 than it.
func TestPackedAttention(t *testing.T) {
	for _, c := range packedCases {
		want := c.attend(t, Float32, c.plain)
		c.attend(t, Float32, c.packed(0)).each(want, func(name string, got, want []float32) {
			if d := distance(got, want); !(d < c.limit()) {
				t.Errorf("%v: %s is %.2g away", c, name, d)
			}
		})
		if !c.computes(BFloat16) {
			continue
		}
		half := c.attend(t, BFloat16, c.plain)
		c.attend(t, BFloat16, c.packed(0)).each(want, func(name string, got, want []float32) {
			own := 0.0
			half.each(half, func(other string, x, _ []float32) {
				if other == name {
					own = distance(x, want)
				}
			})
			if d := distance(got, want); !(d < 1.2*own+1e-3) {
				t.Errorf("%v: bfloat16 %s is %.2g away, written out %.2g", c, name, d, own)
			}
		})
	}
}

// Where all values are alike it does not matter what a token looks at: the gradients of queries and keys are no more than the
// rounding of single numbers, however large the scores are whose logarithm of a sum the backward pass reads.
func TestPackedAttentionOfEqualValues(t *testing.T) {
	const n, width, large = 40, 16, 8
	rng := rand.New(rand.NewPCG(1, 1))
	err := Run(CPU, func(s *Scope) error {
		var params []*Tensor
		for range 2 {
			p, err := NewParameter(s.Scale(randomOf(s, rng, n, width), large))
			if err != nil {
				return err
			}
			defer p.Free()
			params = append(params, p)
		}
		ones := s.Floats(slices.Repeat([]float32{1}, n*width), n, width)
		s.Mean(s.AttendPacked(params[0], params[1], ones, nil, nil, s.packRows([]int{0, n}), 1, 0)).Backward()
		for i, name := range []string{"queries", "keys"} {
			got, other := most(s.Grad(params[i]).Float32s()), most(params[1-i].Float32s())
			if limit := 4 * unit(Float32) / n * other / math.Sqrt(width); !(got < limit) {
				t.Errorf("the gradient of %s is up to %.2g and not below %.2g", name, got, limit)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// most is the largest magnitude.
func most(values []float32) (most float64) {
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}

// distance is the largest difference, relative to the largest value.
func distance(got, want []float32) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var most, scale float64
	for i := range want {
		most = max(most, math.Abs(float64(got[i]-want[i])))
		scale = max(scale, math.Abs(float64(want[i])))
	}
	if most == 0 {
		return 0
	}
	return most / scale
}

// Without gradients the result is the same, bit for bit, and on any number of
// threads it is and the gradients are.
func TestPackedAttentionRepeats(t *testing.T) {
	defer func() {
		if err := SetThreads(0); err != nil {
			t.Error(err)
		}
	}()
	c := packedCases[4]
	var first attended
	for i, threads := range []int{1, 2, 3} {
		if err := SetThreads(threads); err != nil {
			t.Fatal(err)
		}
		drop := func(s *Scope, q, k, v, pastK, pastV *Tensor) *Tensor {
			ManualSeed(3)
			out := c.packed(0.3)(s, q, k, v, pastK, pastV)
			if err := NoGrad(CPU, func(in *Scope) error {
				ManualSeed(3)
				if again := c.packed(0.3)(in, q, k, v, pastK, pastV); !slices.Equal(again.Float32s(), out.Float32s()) {
					t.Error("without gradients the result is another")
				}
				return nil
			}); err != nil {
				t.Error(err)
			}
			return out
		}
		a := c.attend(t, Float32, drop)
		if i == 0 {
			first = a
		}
		a.each(first, func(name string, got, want []float32) {
			if !slices.Equal(got, want) {
				t.Errorf("%d threads: another %s", threads, name)
			}
		})
	}
}

// Dropout takes weights of attention out at its rate and scales the rest: with
// values of one, a query's result is the sum of its weights that stay. Its
// gradients are those of what it computed: a step along them changes the result
// as they say.
func TestPackedAttentionDropout(t *testing.T) {
	c := packedCase{lengths: []int{40, 60}, heads: 2, width: 16, past: 200}
	const p = 0.25
	starts := c.starts()
	n, d := starts[len(starts)-1], c.heads*c.width
	ones := func(n int) []float32 { return slices.Repeat([]float32{1}, n) }
	err := NoGrad(CPU, func(s *Scope) error {
		ManualSeed(1)
		zeros := s.Zeros(Float32, n, d)
		past := s.Zeros(Float32, 1, c.heads, c.past, c.width)
		out := s.AttendPacked(zeros, zeros, s.Floats(ones(n*d), n, d), past, s.Floats(ones(c.heads*c.past*c.width), 1, c.heads, c.past, c.width), s.packRows(starts), c.heads, p).Float32s()
		var sum float64
		for i := 0; i < n*d; i += c.width {
			sum += float64(out[i])
		}
		if mean := sum / float64(n*c.heads); math.Abs(mean-1) > 0.02 {
			t.Errorf("weights sum up to %v, want 1", mean)
		}
		// Equal weights of about 1/230: the share that stays varies by sqrt(p/(1-p)/230) = 0.038 from query to query.
		var spread float64
		for i := 0; i < n*d; i += c.width {
			spread += math.Pow(float64(out[i])-1, 2)
		}
		if sd := math.Sqrt(spread / float64(n*c.heads)); sd < 0.03 || sd > 0.046 {
			t.Errorf("the sums spread by %v, want 0.038", sd)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}

	rng := rand.New(rand.NewPCG(2, 2))
	weights := random(rng, n*d)
	const step = 1e-2
	values := [][]float32{random(rng, n*d), random(rng, n*d), random(rng, n*d), random(rng, d*c.past), random(rng, d*c.past)}
	along := make([][]float32, len(values))
	for i, v := range values {
		along[i] = random(rng, len(v))
	}
	loss := func(shift float64) (value float64, slope float64) {
		err := Run(CPU, func(s *Scope) error {
			ManualSeed(5)
			var params []*Tensor
			for i, v := range values {
				moved := slices.Clone(v)
				for j := range moved {
					moved[j] += float32(shift) * along[i][j]
				}
				shape := []int{n, d}
				if i >= 3 {
					shape = []int{1, c.heads, c.past, c.width}
				}
				q, err := NewParameter(s.Floats(moved, shape...))
				if err != nil {
					return err
				}
				defer q.Free()
				params = append(params, q)
			}
			out := s.AttendPacked(params[0], params[1], params[2], params[3], params[4], s.packRows(starts), c.heads, p)
			l := s.Mean(s.Mul(out, s.Floats(weights, n, d)))
			l.Backward()
			value = l.Item()
			for i, q := range params {
				for j, g := range s.Grad(q).Float32s() {
					slope += float64(g) * float64(along[i][j])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return value, slope
	}
	up, _ := loss(step)
	down, _ := loss(-step)
	_, slope := loss(0)
	if got := (up - down) / (2 * step); math.Abs(got-slope) > 0.02*math.Abs(slope) {
		t.Errorf("the loss changes by %v along the parameters, its gradient says %v", got, slope)
	}
}
