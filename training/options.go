// Package training has the settings of a training, its events, and the record that it leaves.
package training

import "strings"

// Options are a training run's settings: each is a flag of xpt train and is recorded in the run
// folder. Zero stands for the method's default where the help says so.
type Options struct {
	Checkpoint  string  `json:"checkpoint" flag:"checkpoint" path:"true" help:"folder of the pretrained XGLM, or its name on the hub, such as facebook/xglm-564M"`
	Task        string  `json:"task" flag:"task" help:"a task that xpt data lists, such as xnli, pawsx, udpos or panx; lm trains the language model itself"`
	Method      string  `json:"method" flag:"method" help:"what is trained beside the head: full, prompt, prefix, lora, bitfit (biases) or head (nothing else)"`
	Data        string  `json:"data" flag:"data" path:"true" help:"folder of the task's data, or its parent"`
	Language    string  `json:"language" flag:"language" help:"language of the training and dev data; several, such as en,de, are trained on together, and the mean of their dev scores chooses the state"`
	Temperature float64 `json:"sampling_temperature,omitempty" flag:"sampling-temperature" range:"0|[1,1e6]" help:"of several languages: one with n rows has a share of n^(1/T) in every epoch; 0 or 1: by size"`
	Shots       int     `json:"shots,omitempty" flag:"shots" range:"[0,1e6]" help:"train on K examples of each label (of tagging and lm K sentences) of --shots-language alone, drawn by --seed, and keep the last state; 0: on --language"`
	ShotsIn     string  `json:"shots_language,omitempty" flag:"shots-language" help:"language whose training split --shots draws from; the dev data remain those of --language"`
	From        string  `json:"from,omitempty" flag:"from" path:"true" help:"start from what this run trained, of the same method, task and checkpoint"`
	Limit       int     `json:"limit" flag:"limit" range:"[0,]" help:"train on N examples, drawn by --seed; 0: all"`
	DevLimit    int     `json:"dev_limit,omitempty" flag:"dev-limit" range:"[0,]" help:"choose the best state on N examples of the dev split, drawn by --seed; 0: all"`
	FromScratch bool    `json:"from_scratch" flag:"from-scratch" help:"start from random weights; the checkpoint needs only config.json and its tokenizer"`
	Recipe      string  `json:"recipe" flag:"recipe" help:"settings of a published work, below the flags that are given: tu2022, philippy2024, lester2021 or xtreme"`

	PromptLength   int     `json:"prompt_length" flag:"prompt-length" range:"[0,4096]" help:"virtual tokens of a prompt or prefix; 0: 20 of a prompt, 16 of a prefix"`
	Init           string  `json:"init" flag:"init" help:"where a prompt starts: vocab, text, normal or zero; empty: vocab of a prompt, normal of a prefix"`
	InitText       string  `json:"init_text" flag:"init-text" help:"the text of --init text"`
	Reparametrise  int     `json:"reparametrise" flag:"reparametrise" range:"[0,1048576]" help:"train the prompt through an MLP of this hidden size, which is folded away when it is saved; 0: directly"`
	LoRARank       int     `json:"lora_rank,omitempty" flag:"lora-rank" range:"[0,65536]" help:"of --method lora: rank r of its products; 0: 8"`
	LoRAAlpha      float64 `json:"lora_alpha,omitempty" flag:"lora-alpha" range:"[0,1e6]" help:"the products are scaled by alpha / r; 0: 8"`
	LoRADropout    float64 `json:"lora_dropout,omitempty" flag:"lora-dropout" range:"[0,1)" help:"rate of dropout on what the products read"`
	LoRARS         bool    `json:"lora_rs,omitempty" flag:"lora-rs" help:"scale by alpha / sqrt(r) (rsLoRA)"`
	LoRATargets    string  `json:"lora_targets,omitempty" flag:"lora-targets" help:"linear layers with a product, of q_proj,k_proj,v_proj,out_proj,fc1,fc2, or all-linear; empty: q_proj,v_proj"`
	LoRABias       string  `json:"lora_bias,omitempty" flag:"lora-bias" help:"biases that are trained too: none, all or lora_only (those of the targets); empty: none"`
	LabelsByWords  bool    `json:"labels_by_words,omitempty" flag:"labels-by-words" help:"xnli and pawsx: train no head; the LM head scores the text that the template of score --template makes of each label, with the words of the first --language (prompt tuning with a verbaliser)"`
	Pool           string  `json:"pool" flag:"pool" help:"which sub-token of a word is tagged: last or first"`
	MaxLength      int     `json:"max_length" flag:"max-length" range:"[4,16384]" help:"tokens per row; longer texts are cut, longer tagged sentences split and joined again"`
	Dropout        float64 `json:"dropout" flag:"dropout" range:"-1|[0,1)" help:"rate of dropout and attention dropout in training, and the most of activation dropout; -1: the checkpoint's"`
	LabelSmoothing float64 `json:"label_smoothing" flag:"label-smoothing" range:"[0,1)" help:"share of the target spread over all labels"`
	Optimizer      string  `json:"optimizer" flag:"optimizer" help:"adamw or adafactor"`
	LearningRate   float64 `json:"learning_rate" flag:"learning-rate" range:"[0,1e6]" help:"peak rate of prompt, factors or backbone, with --method head of the head; 0: 5e-3 prompt, 1e-2 prefix, 5e-4 lora, 1e-3 bitfit, 2e-5 full, 1e-3 head"`
	HeadRate       float64 `json:"head_learning_rate" flag:"head-learning-rate" range:"[0,1e6]" help:"peak rate of the head; 0: the learning rate, with full 1e-3"`
	WeightDecay    float64 `json:"weight_decay" flag:"weight-decay" range:"[0,1e6]" help:"decoupled decay of prompt, factors or backbone"`
	HeadDecay      float64 `json:"head_weight_decay" flag:"head-weight-decay" range:"-1|[0,1e6]" help:"decoupled decay of the head; -1: as --weight-decay"`
	Schedule       string  `json:"schedule" flag:"schedule" help:"the rate after the warm-up: linear or cosine to 0, or constant"`
	WarmUp         float64 `json:"warm_up" flag:"warm-up" range:"[0,1]" help:"share of the steps in which the rate rises"`
	ClipNorm       float64 `json:"clip_norm" flag:"clip-norm" range:"[0,1e30]" help:"largest norm of all gradients together; 0: any"`
	Epochs         int     `json:"epochs" flag:"epochs" range:"[1,1e6]" help:"passes over the training data"`
	Steps          int     `json:"steps" flag:"steps" range:"[0,1e9]" help:"stop after N steps, and let the schedule end there; 0: after the epochs"`
	BatchSize      int     `json:"batch_size" flag:"batch-size" range:"[1,1e6]" help:"rows per step"`
	Accumulate     int     `json:"accumulate" flag:"accumulate" range:"[1,1e6]" help:"compute a step in N parts one after the other: the same result in less memory"`
	Recompute      bool    `json:"recompute" flag:"recompute" help:"keep only the layers' inputs and compute the rest again in the backward pass: less memory, more time"`
	EvalEvery      int     `json:"eval_every" flag:"eval-every" range:"[0,]" help:"evaluate on the dev split every N steps; 0: after every epoch, with shots at the end"`
	Patience       int     `json:"patience" flag:"patience" range:"[0,]" help:"stop after N evaluations without a better one; 0: never"`
	SaveEvery      int     `json:"save_every" flag:"save-every" range:"[0,]" help:"save the state to resume from every N steps beside every evaluation; 0: every ten minutes"`
	Log            string  `json:"log,omitempty" flag:"log" help:"files of the run folder beside metrics.jsonl: tensorboard (events.tfevents), csv (metrics.csv), or both as tensorboard,csv"`
	Seed           uint64  `json:"seed" flag:"seed" help:"of the order, of dropout and of what is initialised"`
}

// Languages are the source languages: those of the dev data, and without shots of the training data.
func (o Options) Languages() []string { return strings.Split(o.Language, ",") }

// Defaults are the settings that do not depend on the method.
func Defaults() Options {
	return Options{Language: "en", Pool: "last", MaxLength: 128, Dropout: -1, Optimizer: "adamw", WeightDecay: 0.01, HeadDecay: -1,
		Schedule: "linear", WarmUp: 0.06, ClipNorm: 1, Epochs: 5, BatchSize: 32, Accumulate: 1}
}
