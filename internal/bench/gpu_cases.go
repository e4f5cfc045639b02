package bench

import (
	"fmt"
	"slices"

	"xpt/internal/train"
)

// Rows of a pass on a GPU. A pass of the 564M shape takes 0.1 to 0.6 s of products in bfloat16 at 400 TFLOP/s, half of what an
// H100 reaches on large ones: 32 steps of 1,250 positions in train-input take 0.12 s, 4,096 pairs behind a prompt 0.2 s. The
// peer, which pads and repeats the prompt in every row, computes 3 to 8 times as much.
const (
	gpuTexts = 1024 // of a training
	gpuPairs = 4096 // of an evaluation
	gpuBatch = 32   // of a training
	// gpuWideBatch has enough positions that products dominate launches: the peer's of an evaluation, and a training's.
	gpuWideBatch = 256
)

// gpuGoals are for the 564M shape in bfloat16.
var gpuGoals = map[string]Goal{
	"train-input":     {Speed: 3, Memory: 0.33},
	"train-input-256": {Share: 0.4},
	"train-deep":      {Speed: 2},
	"train-full":      {Speed: 1.5},
	"eval-input":      {Share: 0.45},
	"eval-plain":      {Share: 0.45},
	"eval-input-xnli": {Speed: 8},
	"generate-8":      {Speed: 3},
}

func gpuCases() []Case {
	texts, _ := manyPairs(gpuTexts)
	pairs, common := manyPairs(gpuPairs)
	language, inLanguage := manyPairs(5010)
	training := fmt.Sprintf("%d pairs of XNLI's lengths in batches of ", gpuTexts)
	label := fmt.Sprintf("label %d pairs of XNLI's lengths ", gpuPairs)
	trains := func(name, what, method string, prompt, batch int) Case {
		return Case{Name: name, About: fmt.Sprint("train ", what, ", ", training, batch),
			Work: Job{Kind: Train, Method: method, PromptLength: prompt, Rows: texts, Batch: batch}}
	}
	evals := func(name, about, method string, prompt int, rows, common []int) Case {
		return Case{Name: name, About: about,
			Work: Job{Kind: Eval, Method: method, PromptLength: prompt, Rows: rows, Common: common, Batch: gpuWideBatch}}
	}
	test := evals("eval-xnli-test", "label XNLI's test set, 15 languages of 5010 such pairs, behind an input prompt of 100 tokens",
		train.Prompt.Name, inputTokens, language, inLanguage)
	test.Work.Sets, test.Alone = 15, true
	cases := []Case{
		trains("train-input", "an input prompt of 100 tokens", train.Prompt.Name, inputTokens, gpuBatch),
		trains("train-input-16", "the same", train.Prompt.Name, inputTokens, 16),
		trains("train-input-256", "the same", train.Prompt.Name, inputTokens, gpuWideBatch),
		trains("train-deep", "a KV prefix of 16 tokens", train.Prefix.Name, prefixTokens, gpuBatch),
		trains("train-lora", "LoRA of rank 8 on queries and values", train.LoRA.Name, 0, gpuBatch),
		trains("train-bitfit", "the biases", train.BitFit.Name, 0, gpuBatch),
		trains("train-head", "a head alone", train.Head.Name, 0, gpuBatch),
		trains("train-full", "the whole backbone", train.Full.Name, 0, gpuBatch),
		evals("eval-input", label+"behind an input prompt of 100 tokens", train.Prompt.Name, inputTokens, pairs, nil),
		evals("eval-input-xnli", "the same where three pairs have one premise, as XNLI's do", train.Prompt.Name, inputTokens, pairs, common),
		test,
		evals("eval-deep", label+"behind a KV prefix of 16 tokens", train.Prefix.Name, prefixTokens, pairs, nil),
		evals("eval-plain", label+"without a prompt", train.Head.Name, 0, pairs, nil),
		evals("forward", fmt.Sprintf("label %d texts of 64 tokens without a prompt", gpuTexts), train.Head.Name, 0, slices.Repeat([]int{64}, gpuTexts), nil),
	}
	for _, c := range cpuCases() {
		if c.Work.Kind == Load || c.Work.Kind == Generate {
			cases = append(cases, c)
		}
	}
	for i := range cases {
		cases[i].Goals = map[string]Goal{"bfloat16": gpuGoals[cases[i].Name]}
	}
	return cases
}
