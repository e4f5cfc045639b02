package main

// commandGroups are the groups of commands in the order of the help.
var commandGroups = []string{"Set up", "Adapt and compare", "Use a model", "Studies", "This machine and shell"}

// groupOf is a command's group.
var groupOf = map[string]string{
	"fetch": "Set up", "convert": "Set up", "inspect": "Set up", "data": "Set up",
	"train": "Adapt and compare", "eval": "Adapt and compare", "predict": "Adapt and compare",
	"tokenize": "Use a model", "embed": "Use a model", "score": "Use a model", "generate": "Use a model",
	"study": "Studies", "report": "Studies",
	"doctor": "This machine and shell", "bench": "This machine and shell", "completion": "This machine and shell",
}

// flagGroup is a heading and its flags, of whatever command.
type flagGroup struct {
	name  string
	flags []string
}

// otherFlags is the heading of flags that no group names.
const otherFlags = "Options"

// flagGroups are in the order of the help.
var flagGroups = []flagGroup{
	{"Input", []string{"checkpoint", "adapter", "task", "data", "language", "languages", "split", "text", "ids", "tokenizer", "input-format", "prefixed",
		"sampling-temperature", "shots", "shots-language", "from", "limit", "dev-limit", "max-length", "template", "words", "calibrate"}},
	{"Method", []string{"method", "recipe", "from-scratch", "prompt-length", "init", "init-text", "reparametrise", "lora-rank", "lora-alpha", "lora-dropout",
		"lora-rs", "lora-targets", "lora-bias", "labels-by-words", "pool"}},
	{"Optimisation", []string{"epochs", "steps", "batch-size", "learning-rate", "head-learning-rate", "optimizer", "weight-decay", "head-weight-decay",
		"schedule", "warm-up", "clip-norm", "dropout", "label-smoothing", "eval-every", "patience", "seed"}},
	{"Sampling", []string{"max-new-tokens", "ignore-eos", "stop", "temperature", "top-k", "top-p", "repetition-penalty"}},
	{"Machine", []string{"device", "dtype", "threads", "batch", "accumulate", "recompute"}},
	{"Output", []string{"out", "resume", "save-every", "log", "json", "predictions", "logits", "layers", "perplexity"}},
	{otherFlags, nil},
}

// shortFlags are the flags that the help of a command with many shows; --help-all shows all.
var shortFlags = map[string][]string{
	"train": {"checkpoint", "task", "method", "data", "language", "epochs", "learning-rate", "batch-size", "out", "resume"},
}

// flagChoices are the values of flags with few.
var flagChoices = map[string]string{
	"device": "auto cpu cuda", "dtype": "auto float32 bfloat16 float16", "method": "full prompt prefix lora bitfit head",
	"init": "vocab text normal zero", "optimizer": "adamw adafactor", "schedule": "linear cosine constant",
	"recipe": "tu2022 philippy2024 lester2021 xtreme", "lora-bias": "none all lora_only", "split": "test dev",
	"input-format": "text json", "rule": "auto spm hf", "pad": "none left right", "layers": "last all",
	"positions": "arange mask", "template": "xnli pawsx xcopa", "calibrate": "contextual pmi", "to": "hf peft", "shape": "mini 564M 1.7B 2.9B 4.5B 7.5B",
}

// otherNames are what HF's Trainer, PEFT and lm-eval call our flags, where a look at the letters does not tell.
var otherNames = map[string]string{
	"model": "checkpoint", "model-name-or-path": "checkpoint", "pretrained": "checkpoint", "dataset": "data", "dataset-name": "data", "tasks": "task",
	"output-dir": "out", "output": "out", "o": "out", "lr": "learning-rate", "num-train-epochs": "epochs", "num-epochs": "epochs", "max-steps": "steps",
	"per-device-train-batch-size": "batch-size", "gradient-accumulation-steps": "accumulate", "gradient-checkpointing": "recompute",
	"max-seq-length": "max-length", "max-grad-norm": "clip-norm", "warmup-ratio": "warm-up", "lr-scheduler-type": "schedule", "optim": "optimizer",
	"num-virtual-tokens": "prompt-length", "r": "lora-rank", "target-modules": "lora-targets", "num-fewshot": "shots", "bf16": "dtype", "fp16": "dtype",
	"torch-dtype": "dtype", "resume-from-checkpoint": "resume", "report-to": "log", "lang": "language", "input": "text", "file": "text",
}

// examples are command lines by command; xpt's own are a first walk.
var examples = map[string][]string{
	"xpt": {
		"xpt data --init mytask                                 # data of your own, to start from",
		"xpt train --checkpoint facebook/xglm-564M --task classification --data mytask --method prefix --out run",
		"xpt eval run --data mytask",
	},
	"doctor": {"xpt doctor", "xpt doctor --clean                # lists the caches that nothing uses, with sizes"},
	"fetch": {
		"xpt fetch facebook/xglm-564M",
		"xpt fetch datasets/Davlan/sib200 --include 'data/eng_Latn/*,data/deu_Latn/*'",
	},
	"convert": {"xpt convert facebook/xglm-564M xglm-564M --dtype bfloat16", "xpt convert runs/prefix adapter --to peft"},
	"inspect": {"xpt inspect xglm-564M", "xpt inspect runs/prefix --json"},
	"data":    {"xpt data DATA", "xpt data --init mytask"},
	"train": {
		"xpt train --checkpoint facebook/xglm-564M --task udpos --method prefix --data DATA --out runs/prefix",
		"xpt train --resume --out runs/prefix",
	},
	"eval": {"xpt eval runs/prefix runs/full --data DATA", "xpt eval runs/prefix --data DATA --languages German,sw --predictions predictions"},
	"predict": {
		"xpt predict runs/prefix --text texts.txt",
		"echo 'das Haus ist groß' | xpt predict runs/prefix --text - --json",
	},
	"tokenize": {"xpt tokenize --tokenizer xglm-564M texts.txt", "echo 'das Haus' | xpt tokenize --tokenizer xglm-564M --json"},
	"embed": {
		"xpt embed --checkpoint xglm-564M --text texts.txt --pool mean --out vectors.safetensors",
		"xpt embed --checkpoint xglm-564M --adapter runs/prefix --text texts.txt --layers all --out states.safetensors",
	},
	"score": {"xpt score --checkpoint xglm-564M --text texts.txt", "xpt score --checkpoint xglm-564M --template xnli --data DATA --languages en,de"},
	"generate": {
		"xpt generate --checkpoint xglm-564M --text prompts.txt --max-new-tokens 20",
		"xpt generate --checkpoint xglm-564M --text prompts.txt --temperature 0.8 --top-p 0.9 --seed 1",
	},
	"study":      {"xpt study study.yaml", "xpt study study.yaml --shard 2/8       # on the second of eight machines"},
	"report":     {"xpt report study", "xpt report runs/prefix"},
	"bench":      {"xpt bench --shape mini --cases forward", "xpt bench --peer .venv/bin/python --out bench.md"},
	"completion": {"xpt completion bash > ~/.local/share/bash-completion/completions/xpt", "xpt completion fish > ~/.config/fish/completions/xpt.fish"},
}
