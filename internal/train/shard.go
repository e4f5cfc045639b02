package train

import (
	"xpt/internal/optim"
	"xpt/libtorch"
)

// shard is this process's part of a bucket: its moments, and the slices of parameters that lie in it.
type shard struct {
	n       int                 // elements
	moments [2]*libtorch.Tensor // [n] each
	slices  []slice
}

// slice is the part of a parameter in a shard.
type slice struct {
	param   int
	offset  int              // in the shard
	from, n int              // elements of the parameter
	values  *libtorch.Tensor // [n], the parameter's memory
	moments [2]*libtorch.Tensor
}

// newShard makes this process's part of bucket k with no update done.
func (r *reducer) newShard(k int) (*shard, error) {
	b := r.buckets[k]
	d := &shard{n: b.n / r.Size}
	err := libtorch.NoGrad(r.params[b.params[0]].Tensor.Device(), func(s *libtorch.Scope) error {
		for m := range d.moments {
			d.moments[m] = s.Zeros(libtorch.Float32, d.n).Keep()
		}
		begin := r.Rank * d.n
		for _, i := range b.params {
			p := r.params[i]
			at := r.at[p.Name]
			from, to := max(begin, at.offset), min(begin+d.n, at.offset+at.n)
			if from >= to {
				continue
			}
			x := slice{param: i, offset: from - begin, from: from - at.offset, n: to - from}
			x.values = s.Narrow(s.Reshape(s.Detach(p.Tensor), at.n), 0, x.from, x.n).Keep()
			for m := range x.moments {
				x.moments[m] = s.Narrow(d.moments[m], 0, x.offset, x.n).Keep()
			}
			d.slices = append(d.slices, x)
		}
		return nil
	})
	return d, err
}

func (d *shard) free() {
	if d == nil {
		return
	}
	for _, x := range d.slices {
		x.values.Free()
		x.moments[0].Free()
		x.moments[1].Free()
	}
	d.moments[0].Free()
	d.moments[1].Free()
}

// clear drops the gradients of the slices.
func (d *shard) clear() {
	if d == nil {
		return
	}
	for _, x := range d.slices {
		x.values.ClearGrad()
	}
}

// sumParts gives the slices of b's shard the sum of what all processes found, in the order of the ranks.
func (r *reducer) sumParts(b *bucket) error {
	defer b.free()
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		sum := s.Select(b.parts, 0, 0)
		for rank := 1; rank < r.Size; rank++ {
			sum = s.Add(sum, s.Select(b.parts, 0, rank))
		}
		for _, x := range b.shard.slices {
			x.values.SetGrad(s.To(s.Narrow(sum, 0, x.offset, x.n), x.values.Device(), libtorch.Float32))
		}
		return nil
	})
}

// squares is the sum of squares of the gradients of this process's shards.
func (r *reducer) squares(s *libtorch.Scope) float64 {
	var own []*libtorch.Tensor
	for _, b := range r.buckets {
		if b.shard != nil {
			for _, x := range b.shard.slices {
				own = append(own, x.values)
			}
		}
	}
	if own == nil {
		return 0
	}
	norm, _ := optim.GradNorm(s, own, 0)
	return norm.Item() * norm.Item()
}

// update does a step of the sharded parameters: each process of its part, which is on its way to the others while it updates the
// next bucket's.
func (r *reducer) update(factor float64, clip *libtorch.Tensor) error {
	for k, b := range r.buckets {
		moving := map[int][]optim.Moving{} // by group
		for _, x := range b.shard.slices {
			if r.reached[x.param] {
				g := r.opt.groupOf(x.param)
				moving[g] = append(moving[g], optim.Moving{Param: x.values, ExpAvg: x.moments[0], ExpAvgSq: x.moments[1]})
			}
		}
		for g, group := range r.opt.groups {
			group.adamW(factor).Step(moving[g], clip, r.opt.step)
		}
		if err := r.share(b); err != nil {
			return err
		}
		if k >= inFlightBuckets {
			if err := r.take(r.buckets[k-inFlightBuckets]); err != nil {
				return err
			}
		}
	}
	for _, b := range r.buckets[max(0, len(r.buckets)-inFlightBuckets):] {
		if err := r.take(b); err != nil {
			return err
		}
	}
	return nil
}

// share sends this process's part of b's parameters to the others.
func (r *reducer) share(b *bucket) error {
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
		b.parts = s.Empty(libtorch.Float32, r.Size, b.shard.n).Keep()
		own := s.Select(b.parts, 0, r.Rank)
		for _, x := range b.shard.slices {
			own.Write(0, x.offset, s.To(x.values, libtorch.CPU, libtorch.Float32))
		}
		b.work, err = r.Share(s, b.parts)
		return err
	})
}

// take waits for b's parameters of all processes.
func (r *reducer) take(b *bucket) error {
	defer b.free()
	if err := b.work.Wait(); err != nil {
		return err
	}
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		flat := s.Reshape(b.parts, b.n)
		for _, i := range b.params {
			p := r.params[i].Tensor
			at := r.at[r.params[i].Name]
			s.Reshape(s.Detach(p), at.n).Write(0, 0, s.To(s.Narrow(flat, 0, at.offset, at.n), p.Device(), libtorch.Float32))
		}
		return nil
	})
}

// moment is moment k of a sharded parameter, whole, on all processes; s is a scope of the CPU.
func (r *reducer) moment(s *libtorch.Scope, name string, k int) (*libtorch.Tensor, error) {
	at := r.at[name]
	whole := s.Zeros(libtorch.Float32, at.n)
	for _, x := range r.buckets[at.bucket].shard.slices {
		if r.params[x.param].Name == name {
			whole.Write(0, x.from, s.To(x.moments[k], libtorch.CPU, libtorch.Float32))
		}
	}
	w, err := r.Sum(whole) // of one process's values and the others' zeros
	if err == nil {
		err = w.Wait()
	}
	return whole, err
}

// setMoment gives each process its part of moment k of a parameter, whose whole all have.
func (r *reducer) setMoment(s *libtorch.Scope, name string, k int, whole *libtorch.Tensor) {
	at := r.at[name]
	flat := s.Reshape(whole, at.n)
	for _, x := range r.buckets[at.bucket].shard.slices {
		if r.params[x.param].Name == name {
			x.moments[k].Write(0, 0, s.To(s.Narrow(flat, 0, x.from, x.n), x.moments[k].Device(), libtorch.Float32))
		}
	}
}
