package training

// Event is an event of a training: a [Warning], a [Step], an
// [Evaluation] or a [Saved].
type Event interface{ event() }

// Warning is a line on what may not be as meant: odd rows, cut texts, another environment.
type Warning string

// Step is what one optimizer step measured. Its JSON is a line of a run's metrics.
type Step struct {
	Step    int     `json:"step"` // from 1
	Total   int     `json:"-"`    // steps of the whole training
	Seconds float64 `json:"-"`    // of the whole training so far
	Epoch   int     `json:"epoch"`
	Loss    float64 `json:"loss"`
	Norm    float64 `json:"grad_norm"` // of all gradients together, before clipping
	Rate    float64 `json:"learning_rate"`
	Head    float64 `json:"head_learning_rate"`
	Tokens  int     `json:"tokens"`
	Padding float64 `json:"padding"` // share of attention's padded view that is no token
	Speed   float64 `json:"tokens_per_second"`
	Peak    int64   `json:"peak_bytes"` // largest resident memory of the training so far, see Record.PeakOf
}

// Evaluation is what the dev set said. Its JSON is a line of a run's metrics.
type Evaluation struct {
	Step    int     `json:"step"`
	Epoch   int     `json:"epoch"`
	Score   float64 `json:"dev"` // larger is better
	Best    bool    `json:"best"`
	Seconds float64 `json:"seconds"` // of training so far
}

// Saved says that the state after a step can be gone on from.
type Saved struct{ Step int }

func (Warning) event()    {}
func (Step) event()       {}
func (Evaluation) event() {}
func (Saved) event()      {}
