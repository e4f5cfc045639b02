package libtorch

import (
	"strings"
	"testing"
)

func TestAllocatorVariable(t *testing.T) {
	for version, want := range map[string]string{
		"1.13.1": "", "2.0.1": "", "2.1.0": "PYTORCH_CUDA_ALLOC_CONF", "2.8.0": "PYTORCH_CUDA_ALLOC_CONF", "2.9.0": "PYTORCH_ALLOC_CONF", "2.11.0": "PYTORCH_ALLOC_CONF", "3.0.0": "PYTORCH_ALLOC_CONF",
	} {
		if got := allocatorVariable(version); got != want {
			t.Errorf("of %s it is %q, want %q", version, got, want)
		}
	}
}

// Settings of the allocator that would end the process are refused before CUDA is loaded, and those that libtorch documents are not.
func TestAllocatorSettings(t *testing.T) {
	for _, value := range []string{"", "expandable_segments:True", "max_split_size_mb: 64, garbage_collection_threshold:0.8,",
		"backend:cudaMallocAsync", "roundup_power2_divisions:[256:1,512:2,>:4],expandable_segments:False", "of_no_release:1"} {
		if !allocatorSettings.MatchString(strings.ReplaceAll(value, " ", "")) {
			t.Errorf("%q is refused", value)
		}
	}
	for _, value := range []string{"nonsense", ":", ",", "expandable_segments", "expandable_segments:", "expandable_segments:True,x", "a:[1:2", "a:1:2", "expandable_segments=True"} {
		t.Setenv("PYTORCH_ALLOC_CONF", value)
		if err := configureCUDA(); err == nil || !strings.Contains(err.Error(), "PYTORCH_ALLOC_CONF="+value) {
			t.Errorf("%q: error %v", value, err)
		}
	}
}
