package main

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sugarme/gotch"
	"github.com/sugarme/gotch/ts"

	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/xglm"
)

// Training lowers the loss, and frees what it made.
func TestTrain(t *testing.T) {
	checkpoint := os.Getenv("CHECKPOINT")
	if checkpoint == "" {
		t.Skip("CHECKPOINT names no folder")
	}
	before := libtorch.Live()
	losses, err := train(checkpoint, 20)
	if err != nil {
		t.Fatal(err)
	}
	if first, last := losses[0], losses[len(losses)-1]; !(math.Abs(first-math.Ln2) < 0.1 && last < 0.9*first) {
		t.Errorf("losses %v; want some 0.69 at first, and much less in the end", losses)
	}
	if live := libtorch.Live(); live != before {
		t.Errorf("%d tensors are left", live-before)
	}
}

// The zero Device is the CPU, and the zero DType what suits it.
func TestZeroValues(t *testing.T) {
	err := libtorch.NoGrad(libtorch.Device{}, func(s *libtorch.Scope) error {
		x := s.Zeros(0, 2, 3)
		if x.Device() != libtorch.CPU || x.DType() != libtorch.DType(0).On(libtorch.CPU) {
			t.Errorf("%v on %v", x.DType(), x.Device())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A scope frees a tensor of gotch's that it was given, and gotch sees the one that it is shown.
func TestGotchTensors(t *testing.T) {
	given := ts.MustFull([]int64{2, 2}, ts.FloatScalar(3), gotch.Float, gotch.CPU)
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		x := s.FromGotch(given)
		y := s.Add(x, x)
		sum, err := y.Gotch().Sum(gotch.Float, false)
		if err != nil {
			return err
		}
		defer sum.MustDrop()
		if got := sum.Float64Values()[0]; got != 24 {
			t.Errorf("the sum is %v, want 24", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if given.Ctensor() != nil {
		t.Error("the scope has not freed what it was given")
	}
}

// What goes wrong is an error, and the process goes on.
func TestErrors(t *testing.T) {
	var freed *libtorch.Tensor
	var ended *libtorch.Scope
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		freed, ended = s.Zeros(libtorch.Float32, 2), s
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, fn := range map[string]func(s *libtorch.Scope){
		"shapes that do not fit": func(s *libtorch.Scope) { s.Matmul(s.Zeros(0, 2, 3), s.Zeros(0, 2, 3)) },
		"a freed tensor":         func(s *libtorch.Scope) { s.Add(freed, freed) },
		"no tensor":              func(s *libtorch.Scope) { s.Softmax(nil) },
		"reading a freed tensor": func(s *libtorch.Scope) { freed.Float32s() },
		"gotch's freed tensor":   func(s *libtorch.Scope) { freed.Gotch() },
		"a scope that has ended": func(s *libtorch.Scope) { ended.Zeros(libtorch.Float32, 1) },
		"the zero scope":         func(s *libtorch.Scope) { new(libtorch.Scope).Zeros(libtorch.Float32, 1) },
		"no tensor of gotch's":   func(s *libtorch.Scope) { s.FromGotch(nil) },
		"no scope":               func(*libtorch.Scope) { (*libtorch.Scope)(nil).Floats([]float32{1}, 1) },
		"no type of elements":    func(s *libtorch.Scope) { s.Zeros(libtorch.DType(999), 2) },
	} {
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error { fn(s); return nil })
		if failure := new(libtorch.Error); !errors.As(err, &failure) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if _, err := libtorch.NewParameter(freed); err == nil {
		t.Error("a parameter of a freed tensor is no error")
	}
	if err := freed.SetFloat32s([]float32{1, 2}); err == nil {
		t.Error("values for a freed tensor are no error")
	}
	if _, err := libtorch.Mapped(make([]byte, 8), 0, []int{2}, nil); err == nil {
		t.Error("a mapped tensor of no type is no error")
	}
}

// An operation outside of Run panics with one line that names it and says what to do.
func TestOutsideOfRun(t *testing.T) {
	var ended *libtorch.Scope
	var p *libtorch.Tensor
	err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		ended = s
		p, err = libtorch.NewParameter(s.Floats([]float32{1, 2}, 2))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Free()
	for _, c := range []struct {
		op string
		fn func(s *libtorch.Scope)
	}{
		{"zeros", func(s *libtorch.Scope) { s.Zeros(libtorch.Float32, 1) }},
		{"add", func(s *libtorch.Scope) { s.Add(p, p) }},
		{"dropout", func(s *libtorch.Scope) { s.Dropout(p, 0.5) }},
		{"scope", func(s *libtorch.Scope) { s.Do(func(*libtorch.Scope) {}) }},
	} {
		for _, s := range []*libtorch.Scope{nil, {}, ended} {
			func() {
				defer func() {
					failure, ok := recover().(*libtorch.Error)
					if !ok || failure.Op != c.op || !strings.Contains(failure.Message, "inside libtorch.Run") || strings.Contains(failure.Error(), "\n") {
						t.Errorf("%s: %v", c.op, failure)
					}
				}()
				c.fn(s)
			}()
		}
	}
}

// Zero options are a frozen model on the CPU, and a zero Init is the usual start of either prompt.
func TestZeroOptions(t *testing.T) {
	checkpoint := os.Getenv("CHECKPOINT")
	if checkpoint == "" {
		t.Skip("CHECKPOINT names no folder")
	}
	model, err := xglm.Load(checkpoint, xglm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	for _, prompt := range []func(*xglm.Model, int, softprompt.Init, *rand.Rand) (softprompt.Prompt, error){softprompt.NewInput, softprompt.NewPrefix} {
		p, err := prompt(model, 2, softprompt.Init{}, rand.New(rand.NewPCG(1, 1)))
		if err != nil {
			t.Fatal(err)
		}
		p.Free()
	}
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		batch := xglm.NewBatch([]int{2, 5})
		with, without := model.Forward(s, batch, &xglm.Past{}, xglm.Mode{}), model.Forward(s, batch, nil, xglm.Mode{})
		if !slices.Equal(with.Float32s(), without.Float32s()) {
			t.Error("an empty past changes the states")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		x := s.Zeros(0, 1, 1, 1, 1)
		model.Forward(s, xglm.NewBatch([]int{2, 5}), &xglm.Past{Keys: []*libtorch.Tensor{x}, Values: []*libtorch.Tensor{x}}, xglm.Mode{})
		return nil
	})
	if failure := new(libtorch.Error); !errors.As(err, &failure) {
		t.Errorf("a past of other layers: %v", err)
	}
}
