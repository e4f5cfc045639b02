package xglm_test

import (
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/xglm"
)

// Every hidden state has a target: too few or too many are an error of the call.
func TestLogProbsNeedsATargetForEachState(t *testing.T) {
	m, err := xglm.Load("../testdata/xglm/gelu", xglm.Options{DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for _, targets := range [][]int{{5}, {5, 6, 7}} {
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			m.LogProbs(s, m.Forward(s, xglm.NewBatch([]int{2, 5}), nil, xglm.Mode{}), targets)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "2 hidden states") {
			t.Errorf("%d targets for 2 states: %v", len(targets), err)
		}
	}
}
