package softprompt

import (
	"xpt/libtorch"
	"xpt/xglm"
)

// Prefix is a KV prefix (Li & Liang, arXiv 2101.00190; P-tuning v2, arXiv 2110.07602): the tensor is
// the KV cache itself, no projection, bias or position applied. Its layout is PEFT's: row p holds 2L
// vectors of d, vector 2l the keys and 2l+1 the values of layer l, split into heads.
type Prefix struct{ values }

func prefix(v values, err error) (Prompt, error) {
	if err != nil {
		return nil, err
	}
	return &Prefix{v}, nil
}

// Past views the tensor as keys and values, which no mode changes.
func (p *Prefix) Past(s *libtorch.Scope, m *xglm.Model, _ xglm.Mode) *xglm.Past {
	kv := s.To(p.Values(s), m.Device(), m.DType())
	kv = s.Reshape(kv, kv.Len(0), 2*m.Config.NumLayers, m.Config.AttentionHeads, -1)
	kv = s.Permute(kv, 1, 2, 0, 3) // [2L, H, P, hd]
	past := &xglm.Past{}
	for i, x := range s.Split(kv, 0, 2*m.Config.NumLayers) {
		if i%2 == 0 {
			past.Keys = append(past.Keys, x)
		} else {
			past.Values = append(past.Values, x)
		}
	}
	return past
}

// flatten is the inverse of Past for one that a text left: [P, 2 L d].
func flatten(s *libtorch.Scope, past *xglm.Past) *libtorch.Tensor {
	var parts []*libtorch.Tensor
	for l := range past.Keys {
		parts = append(parts, past.Keys[l], past.Values[l]) // [1, H, P, hd] each
	}
	kv := s.Permute(s.Cat(0, parts...), 2, 0, 1, 3) // [P, 2L, H, hd]
	return s.Reshape(kv, past.Len(), -1)
}
