package train

import (
	"errors"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/training"
)

// A learner that cannot be made is an error, and lets go of what was loaded
// for it.
func TestLearnerRefuses(t *testing.T) {
	for _, c := range []struct {
		rows   int // of the embedding
		change func(*training.Options)
		want   string
	}{
		{1000, func(*training.Options) {}, "ids and the model's vocabulary 1000: they do not belong together"},
		{4096, func(o *training.Options) { o.Init, o.InitText = "text", "" }, "the text is empty"},
		{4096, func(o *training.Options) { o.Pool = "middle" }, "middle"},
	} {
		for _, method := range []string{"prompt", "full", "head"} {
			o := tinyOptions(t, tinyCheckpointOf(t, c.rows), "udpos", method)
			c.change(&o)
			if method != "prompt" && o.Init == "text" {
				continue
			}
			task, err := datasets.Lookup(o.Task)
			if err != nil {
				t.Fatal(err)
			}
			b, err := OpenBase(o.Checkpoint, libtorch.CPU, libtorch.Float32)
			if err != nil {
				t.Fatal(err)
			}
			before := libtorch.Live()
			l, err := b.Learner(o, task)
			if l != nil || err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, want %q", method, err, c.want)
			}
			if c.rows < 4096 && !errors.As(err, new(*usererror.Error)) {
				t.Errorf("%v is no error of the user", err)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if after := libtorch.Live(); after > before {
				t.Errorf("%s: %d tensors are left", method, after-before)
			}
		}
	}
}
