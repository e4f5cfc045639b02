package training

import "time"

// Record describes a run, as its run.json does.
type Record struct {
	Options   Options     `json:"options"`
	Backbone  string      `json:"backbone,omitempty"` // xglm.Fingerprint of the checkpoint
	Computes  string      `json:"computes,omitempty"` // xglm.Config.Computation; an earlier xpt wrote none
	Data      string      `json:"data,omitempty"`     // checksum of the training and dev examples
	Labels    []string    `json:"labels,omitempty"`
	Counts    Counts      `json:"parameters"`
	DType     string      `json:"dtype"`
	Device    string      `json:"device"`
	Threads   int         `json:"threads"`
	Torch     string      `json:"libtorch"`
	Processor string      `json:"processor,omitempty"`
	Started   time.Time   `json:"started"`
	Best      *Evaluation `json:"best,omitempty"`      // nil before the first evaluation
	BestFile  string      `json:"best_file,omitempty"` // fingerprint of best.safetensors; an earlier xpt wrote none
	Finished  bool        `json:"finished"`
	Seconds   float64     `json:"seconds,omitempty"` // of training, once finished
	PeakBytes int64       `json:"peak_bytes,omitempty"`
}

// Counts are numbers of parameters.
type Counts struct {
	Backbone int `json:"backbone"` // of the pretrained model
	Adapted  int `json:"body"`     // trained beside the head
	Head     int `json:"head"`     // trained in the head
}

// Share is the trained part of all parameters, prompt and head counted in.
func (c Counts) Share() float64 {
	all := max(c.Backbone, c.Adapted) + c.Head
	if c.Adapted < c.Backbone {
		all += c.Adapted
	}
	return float64(c.Adapted+c.Head) / float64(all)
}
