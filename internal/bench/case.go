// Package bench measures time and memory of xpt's work on this machine, in separate processes: against HuggingFace
// transformers and PEFT, by operation, and as texts, prompts, batches and models grow.
package bench

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/train"
	"xpt/xglm"
)

// Case is a job to be measured.
type Case struct {
	Name  string
	About string
	Work  Job // without checkpoint, device and dtype
	// Goals against the peer with the 564M shape, by dtype.
	Goals map[string]Goal
	Alone bool // without the peer, which would take minutes
}

// Goal is a goal relative to the peer; zero: none.
type Goal struct {
	Speed  float64 `json:"speed,omitempty"`  // the peer's seconds over xpt's, at least
	Memory float64 `json:"memory,omitempty"` // xpt's peak memory over the peer's, at most
	Share  float64 `json:"share,omitempty"`  // of the products of a GPU's measured rate, at least
}

// goal is the case's goal for a model.
func (c Case) goal(model xglm.Config, dtype string) Goal {
	if def := xglm.DefaultConfig(); model.DModel != def.DModel || model.NumLayers != def.NumLayers {
		return Goal{}
	}
	return c.Goals[dtype]
}

func goals(float32, bfloat16, memory float64) map[string]Goal {
	return map[string]Goal{"float32": {Speed: float32, Memory: memory}, "bfloat16": {Speed: bfloat16, Memory: memory}}
}

// The prompt lengths of the cases.
const (
	inputTokens  = 100
	prefixTokens = 16
)

// Cases lists all cases in the order of the tables, of sizes for the CPU or for a GPU.
func Cases(gpu bool) []Case {
	if gpu {
		return gpuCases()
	}
	return cpuCases()
}

func cpuCases() []Case {
	short := slices.Repeat([]int{64}, 8)
	pairs := pairLengths()
	generate := func(rows int) Job {
		j := Job{Kind: Generate, NewTokens: 64}
		for r := range rows {
			j.Rows = append(j.Rows, 16+4*r)
		}
		return j
	}
	return []Case{
		{Name: "train-input", About: "train an input prompt of 100 tokens, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: short, Batch: 8}, Goals: goals(3, 5, 0.5)},
		{Name: "train-deep", About: "train a KV prefix of 16 tokens, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.Prefix.Name, PromptLength: prefixTokens, Rows: short, Batch: 8}, Goals: goals(1.4, 2, 0)},
		{Name: "train-lora", About: "train LoRA of rank 8 on queries and values, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.LoRA.Name, Rows: short, Batch: 8}},
		{Name: "train-bitfit", About: "train the biases, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.BitFit.Name, Rows: short, Batch: 8}},
		{Name: "train-head", About: "train a head alone, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.Head.Name, Rows: short, Batch: 8}},
		{Name: "train-full", About: "train the whole backbone, 8 texts of 64 tokens",
			Work: Job{Kind: Train, Method: train.Full.Name, Rows: short, Batch: 8}, Goals: goals(1.8, 2, 0)},
		{Name: "train-input-xnli", About: "train an input prompt of 100 tokens, 32 pairs of XNLI's lengths in batches of 16",
			Work: Job{Kind: Train, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: pairs[:32], Batch: 16}, Goals: goals(4, 7, 0.4)},
		{Name: "eval-input", About: "label 256 pairs of XNLI's lengths behind an input prompt of 100 tokens",
			Work: Job{Kind: Eval, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: pairs, Batch: 32}, Goals: goals(5, 6, 0)},
		{Name: "eval-input-xnli", About: "the same where three pairs have one premise, as XNLI's do",
			Work: Job{Kind: Eval, Method: train.Prompt.Name, PromptLength: inputTokens, Rows: pairs, Common: pairsInCommon(), Batch: 32}},
		{Name: "eval-deep", About: "label 256 pairs of XNLI's lengths behind a KV prefix of 16 tokens",
			Work: Job{Kind: Eval, Method: train.Prefix.Name, PromptLength: prefixTokens, Rows: pairs, Batch: 32}, Goals: goals(1.5, 1.8, 0)},
		{Name: "eval-plain", About: "label 256 pairs of XNLI's lengths without a prompt",
			Work: Job{Kind: Eval, Method: train.Head.Name, Rows: pairs, Batch: 32}, Goals: goals(1.5, 1.8, 0)},
		{Name: "forward", About: "label 8 texts of 64 tokens without a prompt",
			Work: Job{Kind: Eval, Method: train.Head.Name, Rows: short, Batch: 8}, Goals: goals(1.1, 1.1, 0)},
		{Name: "load", About: "from the start of the process to the labels of 8 texts of 64 tokens",
			Work: Job{Kind: Load, Method: train.Head.Name, Rows: short, Batch: 8}, Goals: goals(8, 8, 0)},
		{Name: "load-one", About: "from the start of the process to the label of one text of 16 tokens",
			Work: Job{Kind: Load, Method: train.Head.Name, Rows: []int{16}, Batch: 1}, Goals: goals(8, 8, 0)},
		{Name: "generate-1", About: "continue a text of 16 tokens by 64 tokens, greedily", Work: generate(1), Goals: goals(1.5, 1.5, 0)},
		{Name: "generate-8", About: "continue 8 texts of 16 to 44 tokens by 64 tokens each, greedily", Work: generate(8), Goals: goals(1.5, 1.5, 0)},
	}
}

// ParseCases parses "all", or a list of cases' names or first words: "train" selects every case train-...
func ParseCases(list string, gpu bool) ([]Case, error) {
	all := Cases(gpu)
	if list == "all" {
		return all, nil
	}
	chosen := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		matches := named(all, strings.TrimSpace(name))
		if len(matches) == 0 {
			return nil, fmt.Errorf("no case %q: there are all, %s", name, strings.Join(names(all), ", "))
		}
		for _, c := range matches {
			chosen[c.Name] = true
		}
	}
	return slices.DeleteFunc(all, func(c Case) bool { return !chosen[c.Name] }), nil
}

// named returns the case of that name, or the cases whose names begin with that word.
func named(cases []Case, name string) (out []Case) {
	for _, c := range cases {
		if c.Name == name {
			return []Case{c}
		}
		if strings.HasPrefix(c.Name, name+"-") {
			out = append(out, c)
		}
	}
	return out
}

func names(cases []Case) (out []string) {
	for _, c := range cases {
		out = append(out, c.Name)
	}
	return out
}
