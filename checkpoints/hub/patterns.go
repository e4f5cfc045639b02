package hub

import (
	"path"
	"slices"
)

// modelFiles are the files of a model or adapter besides its weights.
var modelFiles = []string{
	"config.json", "generation_config.json", "adapter_config.json",
	"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "sentencepiece.bpe.model",
}

// weightFormats are the files of weights by format; the first format that a model has is fetched.
var weightFormats = [][]string{
	{"model.safetensors", "model-*.safetensors", "model.safetensors.index.json", "adapter_model.safetensors"},
	{"pytorch_model.bin", "pytorch_model-*.bin", "pytorch_model.bin.index.json", "adapter_model.bin"},
}

func weightPatterns(files []file) []string {
	for _, format := range weightFormats {
		has := slices.ContainsFunc(files, func(f file) bool {
			return slices.ContainsFunc(format, func(pattern string) bool {
				matched, _ := path.Match(pattern, f.path)
				return matched
			})
		})
		if has {
			return format
		}
	}
	return nil
}
