package training

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xpt/datasets"
)

// Record describes a run, as its run.json does.
type Record struct {
	Options      Options          `json:"options"`
	Paths        Paths            `json:"paths,omitzero"`
	Backbone     string           `json:"backbone,omitempty"` // xglm.Fingerprint of the checkpoint
	Origin       *Record          `json:"origin,omitempty"`   // the run that it started from; nil: the checkpoint
	Computes     string           `json:"computes,omitempty"` // xglm.Config.Computation; an earlier xpt wrote none
	Data         string           `json:"data,omitempty"`     // checksums of the training and, behind a dash, of the dev examples, by language with + between
	Labels       []string         `json:"labels,omitempty"`
	Training     *datasets.Sample `json:"training_examples,omitempty"` // an earlier xpt wrote none, and its limit took the first examples
	Dev          *datasets.Sample `json:"dev_examples,omitempty"`
	Counts       Counts           `json:"parameters"`
	DType        string           `json:"dtype"`
	Device       string           `json:"device"`
	Threads      int              `json:"threads"`
	Torch        string           `json:"libtorch"`
	Processor    string           `json:"processor,omitempty"`
	Started      time.Time        `json:"started"`
	Best         *Evaluation      `json:"best,omitempty"`      // nil before the first evaluation
	BestFile     string           `json:"best_file,omitempty"` // fingerprint of best.safetensors; an earlier xpt wrote none
	Finished     bool             `json:"finished"`
	Extended     []Length         `json:"extended,omitempty"`       // its lengths before the options', by --resume
	Seconds      float64          `json:"seconds,omitempty"`        // of training, once finished
	PeakBytes    int64            `json:"peak_bytes,omitempty"`     // largest resident memory
	PeakOf       string           `json:"peak_of,omitempty"`        // since when: the begin of this training, or of the process
	GPUPeakBytes int64            `json:"gpu_peak_bytes,omitempty"` // of tensors on the GPU; 0: none, or not counted
}

// The values of Record.PeakOf. An earlier xpt, which knew the process's only, wrote neither.
const (
	PeakOfTraining = "training"
	PeakOfProcess  = "process"
)

// Counts are numbers of parameters.
type Counts struct {
	Backbone int `json:"backbone"` // of the pretrained model
	Adapted  int `json:"body"`     // trained beside the head
	Head     int `json:"head"`     // trained in the head
	// InPlace are those of Adapted that stand in place of the pretrained model's, such as biases; 0 where all of them do.
	InPlace int `json:"in_place,omitempty"`
}

// Share is the trained part of all parameters, prompt and head counted in.
func (c Counts) Share() float64 {
	all := max(c.Backbone, c.Adapted) + c.Head
	if c.Adapted < c.Backbone {
		all += c.Adapted - c.InPlace
	}
	return float64(c.Adapted+c.Head) / float64(all)
}

// Paths are where a run's checkpoint and data lay when its record was written. In the file its options have
// them as seen from the run's folder, so that they are found when one folder that holds all of it moves;
// these are for when only the run moves.
type Paths struct {
	Checkpoint string `json:"checkpoint,omitempty"`
	Data       string `json:"data,omitempty"`
}

// Length is how long a run trains.
type Length struct {
	Epochs int `json:"epochs"`
	Steps  int `json:"steps,omitempty"` // 0: the epochs count
}

// Sources are the languages that were trained on, also by the run that it started from, separated by commas.
func (r Record) Sources() string {
	list := r.Options.Languages()
	if r.Options.Shots > 0 {
		list = []string{r.Options.ShotsIn}
	}
	if r.Origin != nil {
		for _, language := range strings.Split(r.Origin.Sources(), ",") {
			if !slices.Contains(list, language) {
				list = append(list, language)
			}
		}
	}
	return strings.Join(list, ",")
}

// TrainedIn says in which languages, such as "en,de", or "8 shots of sw after en".
func (r Record) TrainedIn() string {
	text := r.Options.Language
	if r.Options.Shots > 0 {
		text = fmt.Sprintf("%d shots of %s", r.Options.Shots, r.Options.ShotsIn)
	}
	if r.Origin != nil {
		text += " after " + r.Origin.TrainedIn()
	}
	return text
}

// TrainedOn says which of the examples were trained on and chose the state, where not all; empty for all.
func (r Record) TrainedOn() string {
	o := r.Options
	if r.Training == nil {
		if o.Limit == 0 {
			return ""
		}
		return fmt.Sprintf("the first %s training examples", datasets.Grouped(o.Limit))
	}
	var parts []string
	for _, use := range []struct {
		split string
		datasets.Sample
	}{{"training", *r.Training}, {"dev", *r.Dev}} {
		if use.Examples < use.Of {
			parts = append(parts, fmt.Sprintf("%s of %s %s examples", datasets.Grouped(use.Examples), datasets.Grouped(use.Of), use.split))
		}
	}
	if parts == nil {
		return ""
	}
	return fmt.Sprintf("%s, drawn by seed %d", strings.Join(parts, " and "), o.Seed)
}
