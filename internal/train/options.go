// Package train adapts a backbone to a task on English: the options, the rows
// that examples become, the optimizer and its schedule, the loop, and the
// folder that a run leaves.
package train

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/heads"
	"xpt/softprompt"
)

// Methods are the ways to adapt a backbone.
var Methods = []string{"full", "prompt", "prefix", "head"}

// Options are a training run's settings: each is a flag of xpt train and is
// recorded in the run folder. A zero learning rate, weight decay excepted,
// stands for the method's default.
type Options struct {
	Checkpoint   string  `json:"checkpoint" flag:"checkpoint" required:"true" help:"folder of the pretrained XGLM"`
	Task         string  `json:"task" flag:"task" required:"true" help:"xnli, pawsx, udpos, panx or another that xpt data lists; lm trains the language model itself"`
	Method       string  `json:"method" flag:"method" required:"true" help:"full, prompt, prefix or head: what is trained beside the head"`
	Data         string  `json:"data" flag:"data" required:"true" help:"folder of the task's data, or its parent"`
	Language     string  `json:"language" flag:"language" help:"language of the training and dev data"`
	PromptLength int     `json:"prompt_length" flag:"prompt-length" help:"virtual tokens of a prompt or prefix; 0: 20 of a prompt, 16 of a prefix"`
	Init         string  `json:"init" flag:"init" help:"where a prompt starts: vocab, text, normal or zero; empty: vocab of a prompt, normal of a prefix"`
	InitText     string  `json:"init_text" flag:"init-text" help:"the text of --init text"`
	Pool         string  `json:"pool" flag:"pool" help:"which sub-token of a word is tagged: last or first"`
	LearningRate float64 `json:"learning_rate" flag:"learning-rate" help:"peak rate of prompt or backbone; 0: 5e-3 prompt, 1e-2 prefix, 2e-5 full"`
	HeadRate     float64 `json:"head_learning_rate" flag:"head-learning-rate" help:"peak rate of the head; 0: the learning rate, 1e-3 with full and head"`
	WeightDecay  float64 `json:"weight_decay" flag:"weight-decay" help:"AdamW's decoupled decay"`
	WarmUp       float64 `json:"warm_up" flag:"warm-up" help:"share of the steps in which the rate rises; then it falls linearly to 0"`
	ClipNorm     float64 `json:"clip_norm" flag:"clip-norm" help:"largest norm of the gradients; 0: none"`
	Epochs       int     `json:"epochs" flag:"epochs" help:"passes over the training data"`
	BatchSize    int     `json:"batch_size" flag:"batch-size" help:"rows per step"`
	MaxLength    int     `json:"max_length" flag:"max-length" help:"tokens per row; longer texts are cut, longer tagged sentences split"`
	Limit        int     `json:"limit" flag:"limit" help:"use the first N training examples; 0: all"`
	FromScratch  bool    `json:"from_scratch" flag:"from-scratch" help:"start from random weights; the checkpoint needs only config.json and its tokenizer"`
	Seed         uint64  `json:"seed" flag:"seed" help:"of the order, of dropout and of what is initialised"`
}

// Defaults are the settings that do not depend on the method.
func Defaults() Options {
	return Options{Language: "en", Pool: string(heads.Last), WeightDecay: 0.01, WarmUp: 0.06, ClipNorm: 1, Epochs: 5, BatchSize: 32, MaxLength: 128}
}

// Resolve fills in the method's defaults and refuses what cannot be.
func (o Options) Resolve() (Options, error) {
	if !slices.Contains(Methods, o.Method) {
		return o, fmt.Errorf("unknown method %q: use %s", o.Method, strings.Join(Methods, ", "))
	}
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		return o, err
	}
	if _, err := heads.ParseSubToken(o.Pool); err != nil {
		return o, err
	}
	soft := o.Method == "prompt" || o.Method == "prefix"
	switch {
	case !soft && (o.PromptLength != 0 || o.Init != "" || o.InitText != ""):
		return o, fmt.Errorf("method %s has no prompt: --prompt-length, --init and --init-text do not go with it", o.Method)
	case o.Init == "text" && o.InitText == "":
		return o, fmt.Errorf("--init text needs --init-text")
	case o.Init != "text" && o.InitText != "":
		return o, fmt.Errorf("--init-text goes with --init text, not with %q", o.Init)
	case o.Init != "" && !slices.Contains(softprompt.InitKinds, o.Init):
		return o, fmt.Errorf("unknown initialisation %q: use %s", o.Init, strings.Join(softprompt.InitKinds, ", "))
	case o.FromScratch && o.Method != "full":
		return o, fmt.Errorf("--from-scratch goes with --method full: a frozen backbone of random weights learns nothing")
	case task.Kind == datasets.MultipleChoice:
		return o, fmt.Errorf("task %s is for scoring, not for training", o.Task)
	case task.Kind == datasets.LanguageModeling && o.Method == "head":
		return o, fmt.Errorf("task %s has no head of its own to train: use full, prompt or prefix", o.Task)
	case o.Epochs < 1 || o.BatchSize < 1:
		return o, fmt.Errorf("%d epochs of batches of %d: both must be at least 1", o.Epochs, o.BatchSize)
	case o.MaxLength < 4:
		return o, fmt.Errorf("--max-length %d leaves no room for a text", o.MaxLength)
	case o.WarmUp < 0 || o.WarmUp > 1:
		return o, fmt.Errorf("--warm-up %v is not a share between 0 and 1", o.WarmUp)
	case o.PromptLength < 0 || o.LearningRate < 0 || o.HeadRate < 0 || o.WeightDecay < 0 || o.ClipNorm < 0 || o.Limit < 0:
		return o, fmt.Errorf("lengths, rates, decay, norm and limit cannot be negative")
	}
	fill(&o.LearningRate, map[string]float64{"full": 2e-5, "prompt": 5e-3, "prefix": 1e-2, "head": 1e-3}[o.Method])
	switch o.Method {
	case "full", "head":
		fill(&o.HeadRate, 1e-3)
	case "prompt":
		fill(&o.PromptLength, 20)
		fill(&o.Init, "vocab")
	case "prefix":
		fill(&o.PromptLength, 16)
		fill(&o.Init, "normal")
	}
	fill(&o.HeadRate, o.LearningRate)
	return o, nil
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
