package train

import (
	"fmt"
	"math"
	"slices"

	"xpt/internal/optim"
	"xpt/internal/ranks"
	"xpt/libtorch"
	"xpt/xglm"
)

// bucketBytes is how much of the gradients is summed at a time: so that the first are under way while the backward pass makes the
// rest, and each is large beside a message's delay (Li et al., arXiv 2006.15704). Tests change it.
var bucketBytes = 25 << 20

// reducer sums the gradients of a step over the processes of a group. They lie in buckets, in the order in which a backward
// pass reaches the parameters: from the head down. A bucket's sum starts when its last gradient is there.
//
// Fine-tuning by AdamW shards its state (ZeRO-1, Rajbhandari et al., arXiv 1910.02054): each process has the moments of an equal
// part of every bucket, gets the sum of that part's gradients alone, updates it, and gives it to the others.
type reducer struct {
	*ranks.Group
	opt     *optimizer
	params  []xglm.Parameter
	at      map[string]place // by parameter, of those in buckets
	buckets []*bucket
	tables  []int // parameters whose gradients are rows
	sharded bool

	reached  []bool // parameters with a gradient in this process
	live     bool   // the backward pass under way is the step's last
	launched int    // buckets
	failed   error
	unhook   func()
}

// place is where a parameter lies in its bucket.
type place struct{ bucket, offset, n int }

// bucket is parameters whose gradients are summed together.
type bucket struct {
	params  []int
	n       int // elements; of a sharded one with zeros up to a multiple of the processes
	waiting int // gradients that have not arrived
	work    *ranks.Work
	flat    *libtorch.Tensor // [n] this process's gradients, then their sum
	parts   *libtorch.Tensor // [size, n/size] of this process's part the gradients of each, later the parameters of each part; nil unless sharded
	shard   *shard           // nil unless sharded
}

// newReducer makes the reducer of a's parameters. byRows tells that tables have gradients by rows.
func newReducer(g *ranks.Group, a *optimizer, byRows, sharded bool) (r *reducer, err error) {
	r = &reducer{Group: g, opt: a, params: a.parameters(), at: map[string]place{}, sharded: sharded}
	r.reached = make([]bool, len(r.params))
	var b *bucket
	for i := len(r.params) - 1; i >= 0; i-- {
		p := r.params[i]
		if p.Table && byRows {
			r.tables = append(r.tables, i)
			continue
		}
		n := xglm.TensorSpec{Shape: p.Tensor.Shape()}.Elements()
		if b == nil || 4*(b.n+n) > bucketBytes {
			b = &bucket{}
			r.buckets = append(r.buckets, b)
		}
		r.at[p.Name] = place{len(r.buckets) - 1, b.n, n}
		b.params, b.n = append(b.params, i), b.n+n
	}
	if sharded {
		for k, b := range r.buckets {
			b.n = (b.n + g.Size - 1) / g.Size * g.Size
			if b.shard, err = r.newShard(k); err != nil {
				r.free()
				return nil, err
			}
		}
	}
	r.unhook, err = libtorch.OnGradient(a.tensors(), r.arrive)
	if err != nil {
		r.free()
	}
	return r, err
}

func (r *reducer) free() {
	if r.unhook != nil {
		r.unhook()
	}
	for _, b := range r.buckets {
		b.shard.free()
		b.free()
	}
}

func (b *bucket) free() {
	b.flat.Free()
	b.parts.Free()
	b.flat, b.parts, b.work = nil, nil, nil
}

// begin starts a step.
func (r *reducer) begin() {
	clear(r.reached)
	r.live, r.launched, r.failed = false, 0, nil
	for _, b := range r.buckets {
		b.waiting = len(b.params)
	}
}

// arrive learns in the backward pass that a gradient is whole. That of a table which the LM head is tied to comes in several parts
// where that is recomputed: it is summed once the pass has ended, at which it comes in any case.
func (r *reducer) arrive(i int) {
	r.reached[i] = true
	p, ok := r.at[r.params[i].Name]
	if !r.live || !ok || r.failed != nil || r.params[i].Table {
		return
	}
	if p.bucket < r.launched {
		r.failed = fmt.Errorf("%s has a gradient after it was summed", r.params[i].Name)
		return
	}
	r.buckets[p.bucket].waiting--
	for r.failed == nil && r.launched < len(r.buckets) && r.buckets[r.launched].waiting == 0 {
		r.failed = r.launch()
	}
}

// launch starts the sum of the next bucket, whose gradients move into it.
func (r *reducer) launch() error {
	if r.sharded && r.launched >= inFlightBuckets { // so that a step's gradients never lie whole in memory
		if err := r.settle(r.buckets[r.launched-inFlightBuckets]); err != nil {
			return err
		}
	}
	b := r.buckets[r.launched]
	r.launched++
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		b.flat = s.Empty(libtorch.Float32, b.n).Keep()
		end := 0
		for _, i := range b.params {
			p := r.params[i]
			at := r.at[p.Name]
			if g := s.Grad(p.Tensor); g != nil {
				b.flat.Write(0, at.offset, s.Reshape(s.To(g, libtorch.CPU, libtorch.Float32), at.n))
				p.Tensor.ClearGrad()
			} else {
				b.flat.Write(0, at.offset, s.Zeros(libtorch.Float32, at.n))
			}
			end = at.offset + at.n
		}
		if !r.sharded {
			b.work, err = r.Sum(b.flat)
			return err
		}
		if end < b.n {
			b.flat.Write(0, end, s.Zeros(libtorch.Float32, b.n-end))
		}
		b.parts = s.Empty(libtorch.Float32, r.Size, b.n/r.Size).Keep()
		b.work, err = r.Transpose(b.parts, s.Reshape(b.flat, r.Size, b.n/r.Size))
		return err
	})
}

// inFlightBuckets is how many sharded buckets may be on their way.
const inFlightBuckets = 4

// settle waits for b's sum. A second call does nothing.
func (r *reducer) settle(b *bucket) error {
	if b.work == nil {
		return nil
	}
	err := b.work.Wait()
	b.work = nil
	if err == nil && r.sharded {
		err = r.sumParts(b)
	}
	return err
}

// agreed is what all processes know after a step.
type agreed struct {
	loss, norm float64
	stop, save bool
}

// finish gives the parameters, or their shards, the gradients of the whole batch, whose tokens are ids. loss is this process's
// part; stop tells that it is to stop, save that rank 0 is to save. clip is as of [optim.GradNorm].
func (r *reducer) finish(s *libtorch.Scope, ids []int, own agreed, maxNorm float64) (all agreed, clip *libtorch.Tensor, err error) {
	if r.failed != nil {
		return all, nil, r.failed
	}
	for r.launched < len(r.buckets) {
		if err := r.launch(); err != nil {
			return all, nil, err
		}
	}
	for _, i := range r.tables {
		if err := r.sumRows(s, i, ids); err != nil {
			return all, nil, err
		}
	}
	for _, b := range r.buckets {
		if err := r.settle(b); err != nil {
			return all, nil, err
		}
	}
	all, squares, err := r.agree(own, r.squares(s))
	if err != nil {
		return all, nil, err
	}
	if !r.sharded {
		r.spread(s)
		norm, clip := optim.GradNorm(s, r.opt.tensors(), maxNorm)
		all.norm = norm.Item()
		return all, clip, nil
	}
	all.norm = r.norm(s, squares)
	factor := 1.0
	if maxNorm > 0 {
		factor = min(1, maxNorm/(all.norm+1e-6))
	}
	return all, s.Floats([]float32{float32(factor)}), nil
}

// agree sums what each process knows, in the order of the ranks, and learns which parameters any of them reached.
func (r *reducer) agree(own agreed, squares float64) (all agreed, allSquares float64, err error) {
	values := []float64{own.loss, number(own.stop), number(own.save && r.Rank == 0), squares}
	for _, reached := range r.reached {
		values = append(values, number(reached))
	}
	rows, err := r.Floats(values)
	if err != nil {
		return all, 0, err
	}
	sums := make([]float64, len(values))
	for _, row := range rows {
		for k, v := range row {
			sums[k] += v
		}
	}
	for i, reaching := range sums[len(sums)-len(r.reached):] {
		r.reached[i] = reaching > 0
	}
	return agreed{loss: sums[0], stop: sums[1] > 0, save: sums[2] > 0}, sums[3], nil
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// spread gives the parameters their summed gradients, which stay in the buckets. One that no process reached has none.
func (r *reducer) spread(s *libtorch.Scope) {
	for _, b := range r.buckets {
		for _, i := range b.params {
			p := r.params[i]
			if at := r.at[p.Name]; r.reached[i] {
				sum := s.Reshape(s.Narrow(b.flat, 0, at.offset, at.n), p.Tensor.Shape()...)
				p.Tensor.SetGrad(s.To(sum, p.Tensor.Device(), libtorch.Float32))
			}
		}
	}
}

// sumRows sums the gradient of a table: of the rows that the batch looks up.
func (r *reducer) sumRows(s *libtorch.Scope, i int, ids []int) error {
	p := r.params[i].Tensor
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	sum := s.Zeros(libtorch.Float32, len(ids), p.Len(1))
	if own, rows := s.RowGrad(p); own != nil {
		var at []int
		for _, id := range own.Int64s() {
			k, ok := slices.BinarySearch(ids, int(id))
			if !ok {
				return fmt.Errorf("row %d of %s has a gradient, and the batch does not read it", id, r.params[i].Name)
			}
			at = append(at, k)
		}
		s.Put(sum, 0, s.Ints(at), rows)
	} else if s.Grad(p) != nil {
		return fmt.Errorf("%s has a dense gradient where one by rows was expected", r.params[i].Name)
	}
	w, err := r.Sum(sum)
	if err == nil {
		err = w.Wait()
	}
	p.SetRowGrad(s.Ints(ids), sum)
	return err
}

// norm is the norm of all gradients from the sum of squares of the sharded ones.
func (r *reducer) norm(s *libtorch.Scope, squares float64) float64 {
	var tables []*libtorch.Tensor
	for _, i := range r.tables {
		tables = append(tables, r.params[i].Tensor)
	}
	if tables != nil {
		norm, _ := optim.GradNorm(s, tables, 0)
		squares += norm.Item() * norm.Item()
	}
	return math.Sqrt(squares)
}

// end clears a step's gradients.
func (r *reducer) end() {
	for _, b := range r.buckets {
		b.free()
		b.shard.clear()
	}
}
