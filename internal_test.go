package xpt

import (
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// What has no room in memory is refused before anything is computed.
func TestGenerateKeepsWithinItsRoom(t *testing.T) {
	model, err := xglm.Load("testdata/xglm/gelu", xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer model.Close()
	rows := slices.Repeat([]Row{{IDs: []int{2}}}, 1<<20)
	o := GenerateOptions{MaxNewTokens: 10000, Batch: len(rows)}
	if err := o.checkLengths(model, rows); err == nil || !strings.Contains(err.Error(), "1048576 rows at a time by up to 10000 tokens (--batch, --max-new-tokens) takes") {
		t.Errorf("error %v, want what it takes", err)
	}
	o.Batch = 1
	if err := o.checkLengths(model, rows); err != nil {
		t.Error(err)
	}
}

// Another type than the run's, but for one that the processor computes alike, is refused.
func TestResumeInATypeThatIsComputedAlike(t *testing.T) {
	record := training.Record{DType: "float32", Device: "cpu"}
	for dtype, want := range map[string]bool{"float32": true, "float16": true, "bfloat16": libtorch.Arithmetic(libtorch.CPU, libtorch.BFloat16) == libtorch.Float32} {
		if _, err := resumed(record, Compute{Device: "cpu", DType: dtype}); (err == nil) != want {
			t.Errorf("--dtype %s: %v", dtype, err)
		}
	}
}
