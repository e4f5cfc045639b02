package torcherror

import (
	"fmt"
	"regexp"
)

var gpuFull = regexp.MustCompile(`CUDA out of memory\. Tried to allocate ([\d.]+ \w+)(?:.*total capacity of ([\d.]+ \w+) of which ([\d.]+ \w+) is free)?`)

// ofMemory says of a GPU that is full what to do, in place of libtorch's advice for programmers; other messages stay.
func ofMemory(message string) string {
	found := gpuFull.FindStringSubmatch(message)
	if found == nil {
		return message
	}
	free := ""
	if found[2] != "" {
		free = fmt.Sprintf(", and %s of %s are free", found[3], found[2])
	}
	return fmt.Sprintf("the GPU is out of memory: %s more were asked for%s: lower --batch-size, --batch or --max-length, or use --accumulate, --recompute or --dtype bfloat16", found[1], free)
}
