package xglm

import (
	"strings"
	"testing"
)

// A row of any length would take memory without end.
func TestRowsHaveAnEnd(t *testing.T) {
	long := make([]int, MaxTokens)
	if err := NewBatch([]int{2}, long).check(4); err != nil {
		t.Errorf("a row of %d tokens: %v", MaxTokens, err)
	}
	if err := NewBatch([]int{2}, append(long, 2)).check(4); err == nil || !strings.Contains(err.Error(), "row 1 of the batch has 16385 tokens") {
		t.Errorf("a row of one more: %v", err)
	}
	m := &Model{}
	if _, err := m.Generate(nil, [][]int{{2}, {2, 3, 4}}, nil, Generation{MaxNewTokens: MaxTokens - 2}, nil); err == nil || !strings.Contains(err.Error(), "row 1: 3 tokens and 16382 new ones") {
		t.Errorf("a row with more than its room of new tokens: %v", err)
	}
}
