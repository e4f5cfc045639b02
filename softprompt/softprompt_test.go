package softprompt

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"xpt/checkpoints"
	"xpt/internal/random"
	"xpt/libtorch"
	"xpt/xglm"
)

func tiny(t *testing.T) *xglm.Model {
	t.Helper()
	m, err := xglm.Load("../testdata/xglm/gelu", xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func numbers(t *testing.T, fn func(s *libtorch.Scope) *libtorch.Tensor) (out []float32) {
	t.Helper()
	if err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error { out = fn(s).Float32s(); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func near(a, b []float32) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-5 {
			return false
		}
	}
	return true
}

// A prompt of either kind that starts from a text is that text: what follows
// sees the same as behind the tokens themselves.
func TestPromptFromTextActsAsTheText(t *testing.T) {
	m := tiny(t)
	text, rest := []int{2, 17, 33, 8}, []int{9, 40, 3}
	want := numbers(t, func(s *libtorch.Scope) *libtorch.Tensor {
		b := xglm.NewBatch(append(slices.Clone(text), rest...))
		b.Read = []int{4, 5, 6}
		return m.Forward(s, b, nil, xglm.Mode{})
	})
	for name, make := range map[string]func() (Prompt, error){
		"input":  func() (Prompt, error) { return NewInput(m, len(text), Init{Kind: "text", Text: text}, nil) },
		"prefix": func() (Prompt, error) { return NewPrefix(m, len(text), Init{Kind: "text", Text: text}, nil) },
	} {
		p, err := make()
		if err != nil {
			t.Fatal(err)
		}
		defer p.Free()
		got := numbers(t, func(s *libtorch.Scope) *libtorch.Tensor {
			return m.Forward(s, xglm.NewBatch(rest), p.Past(s, m, xglm.Mode{}), xglm.Mode{})
		})
		if !near(got, want) {
			t.Errorf("%s: %v, want %v", name, got[:4], want[:4])
		}
	}
}

func TestInitialisations(t *testing.T) {
	m := tiny(t)
	seed := random.Seed(5)
	for _, c := range []struct {
		kind   string
		prefix bool
		least  float64
		most   float64
	}{
		{"zero", false, 0, 0}, {"zero", true, 0, 0}, {"normal", true, 0.015, 0.025}, {"normal", false, 0.5, 4}, {"vocab", false, 0.5, 4}, {"vocab", true, 0.1, 10},
	} {
		make := NewInput
		if c.prefix {
			make = NewPrefix
		}
		p, err := make(m, 50, Init{Kind: c.kind}, seed.Stream("test", 0))
		if err != nil {
			t.Fatal(err)
		}
		values := numbers(t, p.Values)
		p.Free()
		var sum float64
		for _, v := range values {
			sum += float64(v) * float64(v)
		}
		if std := math.Sqrt(sum / float64(len(values))); !(std >= c.least && std <= c.most) {
			t.Errorf("%s (prefix: %v): root mean square %v", c.kind, c.prefix, std)
		}
		again, err := make(m, 50, Init{Kind: c.kind}, seed.Stream("test", 0))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(values, numbers(t, again.Values)) {
			t.Errorf("%s: the same seed gives another prompt", c.kind)
		}
		again.Free()
	}
	for _, init := range []Init{{Kind: "other"}, {Kind: "text"}} {
		if _, err := NewInput(m, 3, init, seed.Stream("test", 0)); err == nil {
			t.Errorf("%+v is accepted", init)
		}
	}
}

// An encoder's output, stored and read back, is the same prompt.
func TestEncoderFoldsAway(t *testing.T) {
	m := tiny(t)
	for name, kind := range map[string]struct {
		fresh func(*xglm.Model, int, int, *rand.Rand) (Prompt, error)
		from  func(*xglm.Model, checkpoints.Tensor) (Prompt, error)
	}{
		"input":  {NewEncodedInput, InputFrom},
		"prefix": {NewEncodedPrefix, PrefixFrom},
	} {
		p, err := kind.fresh(m, 3, 8, random.Seed(1).Stream("test", 0))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Free()
		values := numbers(t, p.Values)
		stored, err := kind.from(m, tensor(values, 3, len(values)/3))
		if err != nil {
			t.Fatal(err)
		}
		defer stored.Free()
		run := func(p Prompt) []float32 {
			return numbers(t, func(s *libtorch.Scope) *libtorch.Tensor {
				return m.Forward(s, xglm.NewBatch([]int{2, 9}), p.Past(s, m, xglm.Mode{}), xglm.Mode{})
			})
		}
		if !slices.Equal(run(p), run(stored)) {
			t.Errorf("%s: the folded prompt acts otherwise", name)
		}
		if n := len(p.Parameters()); n < 5 {
			t.Errorf("%s: %d parameters", name, n)
		}
	}
}

// tensor is one of values as a file stores it.
func tensor(values []float32, shape ...int) checkpoints.Tensor {
	t := checkpoints.Tensor{DType: checkpoints.F32, Shape: shape}
	for _, v := range values {
		t.Data = binary.LittleEndian.AppendUint32(t.Data, math.Float32bits(v))
	}
	return t
}

func TestEncodersRefuseNoWidth(t *testing.T) {
	m := tiny(t)
	for _, c := range [][2]int{{0, 8}, {3, 0}, {3, -1}} {
		if _, err := NewEncodedPrefix(m, c[0], c[1], nil); err == nil {
			t.Errorf("%v is accepted", c)
		}
	}
}

func TestFromRefusesWhatDoesNotFit(t *testing.T) {
	m := tiny(t)
	for _, shape := range [][]int{{3, 31}, {0, 32}, {96}, {1, 192}} {
		x := tensor(make([]float32, xglm.TensorSpec{Shape: shape}.Elements()), shape...)
		if _, err := InputFrom(m, x); err == nil || !strings.Contains(err.Error(), "does not fit this backbone") {
			t.Errorf("an input prompt of shape %v: %v", shape, err)
		}
	}
	if _, err := PrefixFrom(m, tensor(make([]float32, 32), 1, 32)); err == nil || !strings.Contains(err.Error(), "has [P, 192]") {
		t.Errorf("a prefix of an input prompt's shape: %v", err)
	}
}

// An MLP that no memory holds is refused before any of it is taken.
func TestEncodersHaveToFit(t *testing.T) {
	if _, err := NewEncodedInput(tiny(t), 3, 1<<20, random.Seed(1).Stream("test", 0)); err == nil || !strings.Contains(err.Error(), "an MLP of hidden size 1048576 takes ") {
		t.Errorf("error %v", err)
	}
}
