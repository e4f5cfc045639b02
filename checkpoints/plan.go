package checkpoints

import (
	"fmt"
	"slices"
)

// Change is a change of a tensor in a conversion, besides a cast.
type Change struct {
	Kind   string `json:"kind"`   // renamed, tied, kept, merged or dropped
	Source string `json:"source"` // name in the source's file
	Name   string `json:"name"`   // name in the target; empty if dropped
	Why    string `json:"why"`
}

// planned is a tensor of the target and its source.
type planned struct {
	name  string
	dtype DType
	from  *entry
	merge Merge // nil for none
}

// values are the source's, merged.
func (p planned) values() (view, error) {
	if p.merge == nil {
		return p.from.view, nil
	}
	t, err := p.merge(Tensor{Name: p.name, DType: p.from.dtype, Shape: p.from.shape, Data: p.from.bytes()})
	if err != nil {
		return view{}, err
	}
	p.from.file.release(p.from.stored)
	return contiguousView(t.DType, t.Shape, t.Data)
}

func (p planned) bytes() int {
	size, _ := byteSize(p.dtype, p.from.shape) // checked when the view was made
	return size
}

// plan lists the target's tensors and the changes.
func plan(c *Checkpoint, o ConvertOptions) ([]planned, []Change, error) {
	differences := c.Compare(o.Expected)
	if err := differences.Err(); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.path, err)
	}
	if o.KeepHead && !c.Has(LMHead) {
		return nil, nil, fmt.Errorf("%s: config.json does not tie the LM head to the embedding, and there is no %s", c.path, LMHead)
	}
	var out []planned
	var changes []Change
	for _, source := range c.ignored {
		changes = append(changes, Change{"dropped", source, "", "the table of positions is computed"})
	}
	for _, name := range c.names {
		from := c.entries[name]
		if differences.isLeftOut(name) {
			changes = append(changes, Change{"dropped", from.source, "", "no weight of XGLM"})
			continue
		}
		if slices.ContainsFunc(o.TaskHead, func(t Tensor) bool { return t.Name == name }) {
			changes = append(changes, Change{"kept", from.source, name, "the task head, in " + TaskHeadFile})
			continue
		}
		if name == LMHead && !o.KeepHead {
			equal, err := c.headIsEmbedding()
			if err != nil {
				return nil, nil, err
			}
			if equal {
				changes = append(changes, Change{"tied", from.source, EmbedTokens, "equals the embedding"})
				continue
			}
			changes = append(changes, Change{"kept", from.source, LMHead, "differs from the embedding"})
		} else if from.source != name {
			changes = append(changes, Change{"renamed", from.source, name, "HF's name"})
		}
		dtype := from.dtype
		if o.DType != 0 && dtype.IsFloat() {
			dtype = o.DType
		}
		merge := o.Merged[name]
		if merge != nil {
			changes = append(changes, Change{"merged", from.source, name, "with what was trained beside it"})
		}
		out = append(out, planned{name: name, dtype: dtype, from: from, merge: merge})
	}
	return out, changes, nil
}

// headIsEmbedding tells whether the LM head equals the embedding.
func (c *Checkpoint) headIsEmbedding() (bool, error) {
	head, embed := c.entries[LMHead], c.entries[EmbedTokens]
	if head == nil || embed == nil || head.dtype != embed.dtype || !slices.Equal(head.shape, embed.shape) {
		return false, nil
	}
	sameBytes := head.strides == nil && embed.strides == nil && len(head.stored) > 0 && &head.stored[0] == &embed.stored[0]
	if sameBytes {
		return true, nil
	}
	return head.equals(embed.view, func(int) error { return nil })
}
