package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"xpt/checkpoints"
	"xpt/heads"
	"xpt/libtorch"
	"xpt/xglm"
)

// embedBytes is how much memory the hidden states of a batch take at most,
// unless one row has more.
const embedBytes = 128 << 20

// embedder computes rows when their tensors are to be written, and forgets
// them then, so that a file of any size passes in the memory of one batch.
type embedder struct {
	ctx      context.Context
	s        *libtorch.Scope
	model    *xglm.Model
	past     *xglm.Past
	o        embedOptions
	rows     []row
	rule     xglm.PositionRule
	longest  int   // of all rows
	order    []int // rows in the order in which the file asks for them
	computed int   // of order
	states   map[int]*embedded
	progress func(done int)
}

// embedded is a computed row: hidden states by number, [columns, d] or pooled
// [d]; the last layer's, unpooled, for the logits; how many tensors are still
// to be written.
type embedded struct {
	hidden  map[int][]float32
	last    []float32
	pending int
}

func newEmbedder(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past, o embedOptions, rows []row) *embedder {
	e := &embedder{ctx: ctx, s: s, model: m, past: past, o: o, rows: rows, rule: xglm.PositionRule(o.Positions), states: map[int]*embedded{}}
	for _, r := range rows {
		e.longest = max(e.longest, len(r.IDs))
	}
	return e
}

// tensors lists what the file is to hold.
func (e *embedder) tensors() []checkpoints.TensorWriter {
	var out []checkpoints.TensorWriter
	var owners []int // row of each
	add := func(i int, name string, write func(*embedded, io.Writer) error, shape ...int) {
		owners = append(owners, i)
		out = append(out, checkpoints.TensorWriter{Name: e.rows[i].ID + name, DType: checkpoints.F32, Shape: shape, Write: func(w io.Writer) error {
			return e.write(i, func(x *embedded) error { return write(x, w) })
		}})
	}
	d, last := e.model.Config.DModel, e.model.Config.NumLayers
	for i, r := range e.rows {
		shape := []int{len(r.IDs), d}
		if e.o.Pool != "" {
			shape = shape[1:]
		}
		for k := range last + 1 {
			name := fmt.Sprintf(".hidden.%d", k)
			if e.o.Layers == "last" {
				if k < last {
					continue
				}
				name = ".hidden"
			}
			add(i, name, func(x *embedded, w io.Writer) error { return writeFloats(w, x.hidden[k]) }, shape...)
		}
		if e.o.Logits {
			add(i, ".logits", func(x *embedded, w io.Writer) error { return e.writeLogits(x.last, w) }, len(r.IDs), e.model.Config.VocabSize)
		}
	}
	byName := make([]int, len(out))
	for i := range byName {
		byName[i] = i
	}
	slices.SortFunc(byName, func(a, b int) int { return cmp.Compare(out[a].Name, out[b].Name) })
	seen := make([]bool, len(e.rows))
	for _, t := range byName {
		if i := owners[t]; !seen[i] {
			seen[i] = true
			e.order = append(e.order, i)
		}
	}
	return out
}

// write gives a row's state to fn, computing batches until it is there.
func (e *embedder) write(i int, fn func(*embedded) error) error {
	for e.states[i] == nil {
		if err := e.ctx.Err(); err != nil {
			return err
		}
		kept := 1
		if e.o.Layers == "all" {
			kept += e.model.Config.NumLayers
		}
		n, room := 0, min(xglm.BatchTokens, embedBytes/(4*kept*e.model.Config.DModel))
		for _, k := range e.order[e.computed:] {
			if room -= len(e.rows[k].IDs); n > 0 && room < 0 {
				break
			}
			n++
		}
		if err := e.compute(e.order[e.computed : e.computed+n]); err != nil {
			return err
		}
		e.computed += n
		e.progress(e.computed)
	}
	x := e.states[i]
	if x.pending--; x.pending == 0 {
		e.states[i] = nil
	}
	return fn(x)
}

// mask is the row's, in the padded batch that --pad asks for.
func (e *embedder) mask(r row) []int {
	mask := r.Mask
	if mask == nil {
		mask = slices.Repeat([]int{1}, len(r.IDs))
	}
	if e.o.Pad == "left" {
		mask = append(make([]int, e.longest-len(mask)), mask...)
	}
	return mask // padding on the right moves nothing
}

// compute computes the states of rows. Ones that are no numbers are an error.
func (e *embedder) compute(which []int) error {
	var b xglm.Batch
	for _, i := range which {
		ids := e.rows[i].shown()
		var read []int
		if e.o.Pool == "last" && !e.o.Logits {
			read = []int{len(ids) - 1}
		}
		b.Add(ids, read)
		_, positions := xglm.Unpad(e.mask(e.rows[i]), e.rule)
		b.Positions = append(b.Positions, positions...)
		x := &embedded{hidden: map[int][]float32{}, pending: 1}
		if e.o.Layers == "all" {
			x.pending = e.model.Config.NumLayers + 1
		}
		if e.o.Logits {
			x.pending++
		}
		e.states[i] = x
	}
	last, finite := e.model.Config.NumLayers, true
	e.s.Do(func(s *libtorch.Scope) {
		e.model.ForwardEach(s, b, e.past, xglm.Mode{}, func(k int, h *libtorch.Tensor) {
			if k < last && e.o.Layers == "last" {
				return
			}
			values, d := h.Float32s(), e.model.Config.DModel
			finite = finite && xglm.Finite(values)
			for r, i := range which {
				n := b.Lengths[r]
				if k == last && b.Read != nil {
					n = 1
				}
				own := values[:n*d]
				values = values[len(own):]
				e.keep(e.rows[i], e.states[i], k, own)
			}
		})
	})
	if !finite {
		return e.model.NotFinite()
	}
	return nil
}

// keep keeps hidden state k of a row's tokens [n, d].
func (e *embedder) keep(r row, x *embedded, k int, tokens []float32) {
	d := e.model.Config.DModel
	switch {
	case e.o.Pool == "last":
		x.hidden[k] = tokens[len(tokens)-d:]
	case e.o.Pool == "mean":
		for _, v := range heads.Mean(tokens, d) {
			x.hidden[k] = append(x.hidden[k], float32(v))
		}
	default:
		x.hidden[k] = spread(tokens, r.Mask, d)
	}
	if k == e.model.Config.NumLayers && e.o.Logits {
		x.last = spread(tokens, r.Mask, d)
	}
}

// spread puts the vectors [n, d] of shown tokens at their columns, with zeros
// at the others.
func spread(vectors []float32, mask []int, d int) []float32 {
	if mask == nil {
		return vectors
	}
	out := make([]float32, len(mask)*d)
	for column, shown := range mask {
		if shown != 0 {
			copy(out[column*d:], vectors[:d])
			vectors = vectors[d:]
		}
	}
	return out
}

// writeLogits writes the LM head's scores of hidden states [T, d], a chunk of
// positions at a time. A hidden column's zeros give zeros.
func (e *embedder) writeLogits(hidden []float32, w io.Writer) (err error) {
	d := e.model.Config.DModel
	e.s.Do(func(s *libtorch.Scope) {
		h := s.To(s.Floats(hidden, len(hidden)/d, d), e.model.Device(), e.model.DType())
		e.model.EachLogits(s, h, func(_ *libtorch.Scope, _ int, logits *libtorch.Tensor) {
			if err == nil {
				err = writeFloats(w, logits.Float32s())
			}
		})
	})
	return err
}

func writeFloats(w io.Writer, values []float32) error {
	const block = 1 << 16
	var out bytes.Buffer
	for len(values) > 0 {
		n := min(block, len(values))
		out.Reset()
		if err := binary.Write(&out, binary.LittleEndian, values[:n]); err != nil {
			return err
		}
		if _, err := w.Write(out.Bytes()); err != nil {
			return err
		}
		values = values[n:]
	}
	return nil
}
