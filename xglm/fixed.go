package xglm

import (
	"slices"

	"xpt/libtorch"
)

// stepsFixed tells on which devices generation takes fixedSteps. Tests change it.
var stepsFixed = libtorch.Device.IsCUDA

// maskAlignment is what libtorch's attention kernels want the length of a mask to be a multiple of.
const maskAlignment = 16

// leastRecorded is how many steps make up for recording one.
const leastRecorded = 4

// fixedStep is a step of a batch that generates in launches that are the same every time: what changes from step to step lies
// on the device, and attention sees all columns of the cache, those to come behind the mask. A GPU records the launches once
// (CUDA graph) and repeats them at the cost of one.
type fixedStep struct {
	g         *generator
	c         *cache
	ids       *libtorch.Tensor // [B] the last tokens
	positions *libtorch.Tensor // [B] theirs
	table     *libtorch.Tensor // of positions' embeddings, [n, d]
	column    *libtorch.Tensor // [1] that is written next
	one       *libtorch.Tensor // [1]
	shown     *libtorch.Tensor // [B, 1, 1, 1] zeros, of the mask
	wanted    *libtorch.Tensor // of the last step, see generator.wanted; nil before the first
	graph     *libtorch.Graph
}

// fixedSteps continues the rows, whose next tokens stand at positions, to their ends. Where the device itself chooses the tokens
// it is given the next step before those of the last are read.
func (g *generator) fixedSteps(s *libtorch.Scope, c *cache, positions []int) (err error) {
	left, ahead := g.o.MaxNewTokens-1, 0
	if g.o.onlyBest() {
		ahead = batchesInFlight(g.m.device)
	}
	f := &fixedStep{g: g, c: c, ids: s.Ints(g.next), positions: s.Ints(positions), column: s.Ints([]int{c.used}), one: s.Ints([]int{1}),
		table: g.m.positionRows(s, indices(slices.Max(positions)+left+1)), shown: s.Zeros(g.m.dtype, len(positions), 1, 1, 1)}
	var pending []*libtorch.Fetch
	defer func() {
		for _, step := range pending { // those behind the rows' ends must not outlive the graph's memory
			step.Values()
		}
		f.graph.Free()
	}()
	for err == nil && g.unfinished() {
		if left > 0 {
			f.run(s, left)
			left--
			pending = append(pending, f.wanted.Fetch())
		}
		if len(pending) > ahead || left == 0 {
			err = g.choose(pending[0])
			pending = pending[1:]
		}
	}
	return err
}

// run does a step, of which so many are left.
func (f *fixedStep) run(s *libtorch.Scope, left int) {
	if !f.g.o.onlyBest() {
		s.Do(func(s *libtorch.Scope) { f.ids.Write(0, 0, s.Ints(f.g.next)) })
	}
	device := f.g.m.device
	switch {
	case f.wanted == nil:
		s.Do(func(in *libtorch.Scope) { f.wanted = s.Adopt(f.launch(in)) })
		return
	case f.graph == nil && left >= leastRecorded && libtorch.CanRecord(device):
		f.graph = libtorch.Record(device, func() { s.Do(f.again) })
	}
	if f.graph != nil {
		f.graph.Replay()
	} else {
		s.Do(f.again)
	}
}

// again launches a step whose result goes where the first one's is.
func (f *fixedStep) again(s *libtorch.Scope) { f.wanted.Write(0, 0, f.launch(s)) }

// launch launches a step and returns what is wanted of it.
func (f *fixedStep) launch(s *libtorch.Scope) *libtorch.Tensor {
	m, c := f.g.m, f.c
	x := s.Add(m.embedTokens(s, f.ids), s.IndexSelect(f.table, 0, f.positions))
	s.Put(c.mask, 3, f.column, f.shown)
	n := len(f.g.rows)
	l := m.newLayout(s, Batch{IDs: make([]int, n), Lengths: slices.Repeat([]int{1}, n)}, Mode{})
	last := m.forwardLayers(s, x, l, nil, nil, m.runLayers(Mode{}, func(layer int) attendFunc {
		return func(in *libtorch.Scope, q, k, v *libtorch.Tensor, l *layout) *libtorch.Tensor {
			keys, values := c.keys[layer], c.values[layer]
			in.Put(keys, 2, f.column, l.split(in, k))
			in.Put(values, 2, f.column, l.split(in, v))
			return l.join(in, in.Attention(l.split(in, q), keys, values, c.mask, false, 0))
		}
	}))
	wanted := f.g.wanted(s, m.Logits(s, m.layerNorm.forward(s, last)))
	if f.g.o.onlyBest() {
		f.ids.Write(0, 0, s.Narrow(wanted, 0, 0, n))
	}
	f.positions.Write(0, 0, s.Add(f.positions, f.one))
	f.column.Write(0, 0, s.Add(f.column, f.one))
	return wanted
}
