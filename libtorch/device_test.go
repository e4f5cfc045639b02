package libtorch

import "testing"

func TestAllocatorVariable(t *testing.T) {
	for version, want := range map[string]string{
		"1.13.1": "", "2.0.1": "", "2.1.0": "PYTORCH_CUDA_ALLOC_CONF", "2.8.0": "PYTORCH_CUDA_ALLOC_CONF", "2.9.0": "PYTORCH_ALLOC_CONF", "2.11.0": "PYTORCH_ALLOC_CONF", "3.0.0": "PYTORCH_ALLOC_CONF",
	} {
		if got := allocatorVariable(version); got != want {
			t.Errorf("of %s it is %q, want %q", version, got, want)
		}
	}
}
