package softprompt

import (
	"xpt/libtorch"
	"xpt/xglm"
)

// Input is an input prompt (Lester et al., arXiv 2104.08691): P vectors that stand where embeddings
// would, at positions 0..P-1, and run through the model once as a row of their own. They live in the
// scaled space: what layer 0 sees before positions are added, as PEFT stores them.
type Input struct{ values }

func input(v values, err error) (Prompt, error) {
	if err != nil {
		return nil, err
	}
	return &Input{v}, nil
}

// Past runs the vectors through the model.
func (p *Input) Past(s *libtorch.Scope, m *xglm.Model, mode xglm.Mode) *xglm.Past {
	return m.PromptOf(s, p.Values(s), mode)
}
