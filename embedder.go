package xpt

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

// embedBytes is how much memory the hidden states of a batch take at most, unless one row has more.
const embedBytes = 128 << 20

// embedder computes rows when they are asked for, so that a file of any size passes in the memory of
// one batch.
type embedder struct {
	ctx      context.Context
	s        *libtorch.Scope
	model    *xglm.Model
	past     *xglm.Past
	o        EmbedOptions
	rows     []Row
	tokens   int               // of all rows
	longest  int               // of all rows
	order    []int             // rows in the order in which they are asked for
	computed int               // of order
	states   map[int]*embedded // rows that are computed
}

// embedded is a computed row.
type embedded struct {
	hidden  [][]float32 // of each layer asked for, [columns, d] or pooled [d]
	last    []float32   // of the last layer, unpooled, for the logits
	pending int         // tensors that are still to be written
}

// layers are the numbers of the hidden states that are asked for.
func (e *embedder) layers() []int {
	var all []int
	for k := range e.model.Config.NumLayers + 1 {
		if e.o.Layers == "all" || k == e.model.Config.NumLayers {
			all = append(all, k)
		}
	}
	return all
}

// tensors lists what a file is to hold, and sets the order of the rows.
func (e *embedder) tensors() []checkpoints.TensorWriter {
	var out []checkpoints.TensorWriter
	var owners []int // row of each
	add := func(i int, name string, write func(*embedded, io.Writer) error, shape ...int) {
		owners = append(owners, i)
		out = append(out, checkpoints.TensorWriter{Name: e.rows[i].ID + name, DType: checkpoints.F32, Shape: shape, Write: func(w io.Writer) error {
			x, err := e.state(i)
			if err != nil {
				return err
			}
			if x.pending--; x.pending == 0 {
				delete(e.states, i)
			}
			return write(x, w)
		}})
	}
	for i, r := range e.rows {
		shape := []int{len(r.IDs), e.model.Config.DModel}
		if e.o.Pool != "" {
			shape = shape[1:]
		}
		for at, k := range e.layers() {
			name := ".hidden"
			if e.o.Layers == "all" {
				name = fmt.Sprintf(".hidden.%d", k)
			}
			add(i, name, func(x *embedded, w io.Writer) error { return writeFloats(w, x.hidden[at]) }, shape...)
		}
		if e.o.Logits {
			add(i, ".logits", func(x *embedded, w io.Writer) error {
				return e.eachLogits(x.last, func(values []float32) error { return writeFloats(w, values) })
			}, len(r.IDs), e.model.Config.VocabSize)
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

// state returns a row's state, computing batches until it is there.
func (e *embedder) state(i int) (*embedded, error) {
	for e.states[i] == nil {
		if err := e.ctx.Err(); err != nil {
			return nil, err
		}
		n, room := 0, min(xglm.BatchTokens(e.model.Device()), embedBytes/(4*len(e.layers())*e.model.Config.DModel))
		for _, k := range e.order[e.computed:] {
			if room -= len(e.rows[k].IDs); n > 0 && room < 0 {
				break
			}
			n++
		}
		if err := e.compute(e.order[e.computed : e.computed+n]); err != nil {
			return nil, err
		}
		e.computed += n
		if e.o.Progress != nil {
			e.o.Progress(e.computed)
		}
	}
	return e.states[i], nil
}

// mask is the row's, in the padded batch that Pad asks for.
func (e *embedder) mask(r Row) []int {
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
		ids := e.rows[i].Shown()
		var read []int
		if e.o.Pool == "last" && !e.o.Logits {
			read = []int{len(ids) - 1}
		}
		b.Add(ids, read)
		_, positions := xglm.Unpad(e.mask(e.rows[i]), xglm.PositionRule(e.o.Positions))
		b.Positions = append(b.Positions, positions...)
		x := &embedded{pending: len(e.layers())}
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
func (e *embedder) keep(r Row, x *embedded, k int, tokens []float32) {
	d := e.model.Config.DModel
	var kept []float32
	switch e.o.Pool {
	case "last":
		kept = slices.Clone(tokens[len(tokens)-d:])
	case "mean":
		for _, v := range heads.Mean(tokens, d) {
			kept = append(kept, float32(v))
		}
	default:
		kept = spread(tokens, r.Mask, d)
	}
	x.hidden = append(x.hidden, kept)
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

// eachLogits gives fn the LM head's scores of hidden states [T, d], a chunk of positions at a time. A
// hidden column's zeros give zeros.
func (e *embedder) eachLogits(hidden []float32, fn func(values []float32) error) (err error) {
	d := e.model.Config.DModel
	e.s.Do(func(s *libtorch.Scope) {
		h := s.To(s.Floats(hidden, len(hidden)/d, d), e.model.Device(), e.model.DType())
		e.model.EachLogits(s, h, func(_ *libtorch.Scope, _ int, logits *libtorch.Tensor) {
			if err == nil {
				err = fn(logits.Float32s())
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
