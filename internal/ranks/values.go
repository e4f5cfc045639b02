package ranks

import (
	"encoding/binary"
	"fmt"
	"math"

	"xpt/internal/usererror"
	"xpt/libtorch"
)

// numbers gives every process those of each, as many of all.
func (g *Group) numbers(own []int) (all [][]int, err error) {
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		out := s.Zeros(libtorch.Int64, g.Size, len(own))
		w, err := g.Gather(out, s.Ints(own))
		if err == nil {
			err = w.Wait()
		}
		if err != nil {
			return err
		}
		values := out.Int64s()
		for r := range g.Size {
			row := make([]int, len(own))
			for i := range row {
				row[i] = int(values[r*len(own)+i])
			}
			all = append(all, row)
		}
		return nil
	})
	return all, err
}

// Floats gives every process the values of each, by rank; all have as many.
func (g *Group) Floats(own []float64) ([][]float64, error) {
	bits := make([]int, len(own))
	for i, v := range own {
		bits[i] = int(math.Float64bits(v))
	}
	rows, err := g.numbers(bits)
	all := make([][]float64, len(rows))
	for r, row := range rows {
		for _, b := range row {
			all[r] = append(all[r], math.Float64frombits(uint64(b)))
		}
	}
	return all, err
}

// Bytes gives every process the data of each, by rank.
func (g *Group) Bytes(own []byte) ([][]byte, error) {
	lengths, err := g.numbers([]int{len(own)})
	if err != nil {
		return nil, err
	}
	longest := 0
	for _, n := range lengths {
		longest = max(longest, n[0])
	}
	words := make([]int, (longest+7)/8)
	padded := make([]byte, 8*len(words))
	copy(padded, own)
	for i := range words {
		words[i] = int(binary.LittleEndian.Uint64(padded[8*i:]))
	}
	if len(words) == 0 {
		return make([][]byte, g.Size), nil
	}
	rows, err := g.numbers(words)
	all := make([][]byte, len(rows))
	for r, row := range rows {
		for _, word := range row {
			all[r] = binary.LittleEndian.AppendUint64(all[r], uint64(word))
		}
		all[r] = all[r][:lengths[r][0]]
	}
	return all, err
}

// Barrier waits until all processes have come to it.
func (g *Group) Barrier() error {
	if g == nil {
		return nil
	}
	_, err := g.numbers([]int{0})
	return err
}

// Fact is something that all processes must have alike.
type Fact struct{ Name, Value string }

// sharedError is one that all processes have come to by themselves.
type sharedError struct{ error }

func (e *sharedError) Unwrap() error { return e.error }

// Same holds facts of each process against rank 0's. That of the first process and name that differ is an error on all.
func (g *Group) Same(facts []Fact) error {
	if g == nil {
		return nil
	}
	var data []byte
	for _, f := range facts {
		data = fmt.Appendf(data, "%q %q\n", f.Name, f.Value)
	}
	all, err := g.Bytes(data)
	if err != nil {
		return err
	}
	for r, text := range all {
		if difference := firstDifference(string(all[0]), string(text)); difference != "" {
			return &sharedError{usererror.Errorf("rank %d has another %s", r, difference)}
		}
	}
	return nil
}
