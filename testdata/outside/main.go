// Command outside is a module that imports xpt: it trains a soft prompt and a
// head of its own on a frozen XGLM, with steps written in gotch's operations.
//
//	go run xpt/cmd/xpt-setup
//	go run . CHECKPOINT
package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"xpt/libtorch"
	"xpt/softprompt"
	"xpt/tokenize"
	"xpt/xglm"
)

var examples = []struct {
	text  string
	label int
}{
	{"the cat sees the dog", 0},
	{"does the dog see the cat ?", 1},
	{"a bird sings", 0},
	{"who sings ?", 1},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: outside CHECKPOINT")
		os.Exit(1)
	}
	losses, err := train(os.Args[1], 20)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Printf("loss %.3f before and %.3f after %d steps\n", losses[0], losses[len(losses)-1], len(losses)-1)
}

// train returns the mean loss before the first step and after each.
func train(checkpoint string, steps int) (losses []float64, err error) {
	tokenizer, err := tokenize.Load(checkpoint, tokenize.Auto)
	if err != nil {
		return nil, err
	}
	model, err := xglm.Load(checkpoint, xglm.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, model.Close()) }()
	rng := rand.New(rand.NewPCG(1, 1))
	prompt, err := softprompt.NewPrefix(model, 4, softprompt.Init{}, rng)
	if err != nil {
		return nil, err
	}
	defer prompt.Free()
	head, err := newHead(model.Config.DModel, 2, rng)
	if err != nil {
		return nil, err
	}
	defer head.free()
	params := head.parameters()
	for _, p := range prompt.Parameters() {
		params = append(params, p.Tensor)
	}
	for range steps + 1 {
		err := libtorch.Run(model.Device(), func(s *libtorch.Scope) error {
			past, loss := prompt.Past(s, model, xglm.Mode{}), s.Zeros(libtorch.Float32)
			for _, e := range examples {
				hidden := model.Forward(s, xglm.NewBatch(tokenizer.Encode(e.text).IDs), past, xglm.Mode{})
				loss = s.Add(loss, s.CrossEntropy(head.logits(s, hidden), s.Ints([]int{e.label}), 0))
			}
			loss = s.Scale(loss, 1/float64(len(examples)))
			losses = append(losses, loss.Item())
			loss.Backward()
			return descend(params, 0.1)
		})
		if err != nil {
			return nil, err
		}
	}
	return losses, nil
}

// descend moves each parameter against its gradient, by operations of gotch's.
func descend(params []*libtorch.Tensor, rate float64) error {
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		for _, p := range params {
			gradient, err := p.Gotch().Grad(false) // gotch's: to be dropped, or given to a scope
			if err != nil {
				return err
			}
			step := s.Scale(s.FromGotch(gradient), -rate)
			if err := p.Gotch().Add_(step.Gotch()); err != nil {
				return err
			}
			p.ClearGrad()
		}
		return nil
	})
}
