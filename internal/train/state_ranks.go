package train

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"

	"xpt/checkpoints"
	"xpt/libtorch"
	"xpt/xglm"
)

// Of several processes rank 0 alone reads and writes a run's folder. What is sharded it collects when it saves, and what it
// reads it gives to the others, so that a run can be resumed by any number of processes.

// shardedMoment is a moment of which each process has a part.
type shardedMoment struct {
	xglm.Parameter
	k int
}

func (m shardedMoment) name() string { return optimizerName(m.Name, m.k) }

// shardedMoments are those of all sharded parameters in the order of a file.
func (t *Trainer) shardedMoments() (out []shardedMoment) {
	if t.reducer == nil || !t.reducer.sharded {
		return nil
	}
	for _, p := range t.opt.parameters() {
		if _, ok := t.reducer.at[p.Name]; ok {
			out = append(out, shardedMoment{p, 0}, shardedMoment{p, 1})
		}
	}
	slices.SortFunc(out, func(a, b shardedMoment) int { return cmp.Compare(a.name(), b.name()) })
	return out
}

// collected writes a moment as it collects it, while the others are in giveMoments.
func (t *Trainer) collected(m shardedMoment) checkpoints.TensorWriter {
	return checkpoints.TensorWriter{Name: m.name(), DType: checkpoints.F32, Shape: m.Tensor.Shape(), Write: func(w io.Writer) error {
		return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			whole, err := t.reducer.moment(s, m.Name, m.k)
			if err == nil {
				_, err = whole.WriteTo(w)
			}
			return err
		})
	}}
}

// giveMoments gives rank 0 what it saves.
func (t *Trainer) giveMoments() error {
	for _, m := range t.shardedMoments() {
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			_, err := t.reducer.moment(s, m.Name, m.k)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// follow trains as rank 0 does, from where its run stands.
func (t *Trainer) follow(ctx context.Context) error {
	if err := t.shareState(""); err != nil {
		return err
	}
	return t.train(ctx)
}

// shareState gives all processes the state that rank 0 has read from a file; empty: there was none.
func (t *Trainer) shareState(path string) error {
	if t.reducer == nil {
		return nil
	}
	var text []byte
	var ck *checkpoints.Checkpoint
	var err error
	if path != "" {
		if text, err = json.Marshal(t.Progress); err != nil {
			return err
		}
		if ck, err = checkpoints.OpenFile(path); err != nil {
			return err
		}
		defer ck.Close()
	}
	all, err := t.Ranks.Bytes(text)
	if err != nil || len(all[0]) == 0 {
		return err
	}
	if err := json.Unmarshal(all[0], &t.Progress); err != nil {
		return err
	}
	for _, p := range t.opt.parameters() {
		tensors := append([]*libtorch.Tensor{p.Tensor}, t.opt.state[p.Name]...)
		if seen := t.opt.seen[p.Name]; seen != nil {
			tensors = tensors[:1]
			if err := t.shareRows(p.Name, seen); err != nil {
				return err
			}
		}
		for _, x := range tensors {
			if err := t.fromRank0(x); err != nil {
				return err
			}
		}
	}
	for _, m := range t.shardedMoments() {
		if err := t.shareMoment(ck, m); err != nil {
			return err
		}
	}
	return nil
}

// shareMoment gives each process its part of a moment in rank 0's file.
func (t *Trainer) shareMoment(ck *checkpoints.Checkpoint, m shardedMoment) error {
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		whole := s.Zeros(libtorch.Float32, m.Tensor.Shape()...)
		if ck != nil {
			if err := read(ck, m.name(), whole); err != nil {
				return err
			}
		}
		if err := t.fromRank0(whole); err != nil {
			return err
		}
		t.reducer.setMoment(s, m.Name, m.k, whole)
		return nil
	})
}

// fromRank0 gives all processes x of rank 0.
func (t *Trainer) fromRank0(x *libtorch.Tensor) error {
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		flat := s.Reshape(s.Detach(x), -1)
		host := s.Contiguous(s.To(flat, libtorch.CPU, libtorch.Float32))
		w, err := t.Ranks.Broadcast(host, 0)
		if err == nil {
			err = w.Wait()
		}
		if err == nil && x.Device() != libtorch.CPU {
			flat.Write(0, 0, s.To(host, x.Device(), libtorch.Float32))
		}
		return err
	})
}

// shareRows gives all processes the marked rows of a table's moments.
func (t *Trainer) shareRows(name string, seen []byte) error {
	all, err := t.Ranks.Bytes(seen)
	if err != nil {
		return err
	}
	copy(seen, all[0])
	return libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		rows := marked(s, seen)
		for _, x := range t.opt.state[name] {
			values := s.IndexSelect(x, 0, rows)
			w, err := t.Ranks.Broadcast(values, 0)
			if err == nil {
				err = w.Wait()
			}
			if err != nil {
				return err
			}
			s.Put(x, 0, rows, values)
		}
		return nil
	})
}
