package torcherror

import (
	"strings"
	"testing"
)

// A full GPU is told of in a line that says how much was wanted and what to do, by any release's message.
func TestGPUOutOfMemory(t *testing.T) {
	for message, want := range map[string]string{
		"CUDA out of memory. Tried to allocate 14.00 MiB. GPU 0 has a total capacity of 79.25 GiB of which 2.80 MiB is free. Of the allocated memory 186.32 MiB is allocated by PyTorch, and 1 MiB is reserved.\nException raised from malloc": "14.00 MiB more were asked for, and 2.80 MiB of 79.25 GiB are free: lower --batch-size",
		"CUDA out of memory. Tried to allocate 20.00 GiB (GPU 0; 15.90 GiB total capacity; 14.75 GiB already allocated; 17.88 MiB free)":                                                                                                       "20.00 GiB more were asked for: lower --batch-size",
	} {
		if got := firstLine(message); !strings.Contains(got, want) || strings.Contains(got, "\n") || len(got) > 250 {
			t.Errorf("%q, want %q in it", got, want)
		}
	}
	const other = "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
	if got := firstLine(other); got != other {
		t.Errorf("%q became %q", other, got)
	}
}
