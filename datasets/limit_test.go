package datasets

import (
	"slices"
	"strconv"
	"testing"
)

func drawnIDs(n int, l Limit) (ids []int) {
	all := make([]Example, n)
	for i := range all {
		all[i].ID = strconv.Itoa(i)
	}
	for _, x := range l.Draw(all) {
		id, _ := strconv.Atoi(x.ID)
		ids = append(ids, id)
	}
	return ids
}

// A limit draws by its seed, over all of the file and in its order.
func TestLimitDraws(t *testing.T) {
	few, many, other := drawnIDs(1000, Limit{20, 1}), drawnIDs(1000, Limit{50, 1}), drawnIDs(1000, Limit{20, 2})
	if len(few) != 20 || !slices.IsSorted(few) || !slices.IsSorted(many) {
		t.Errorf("drawn %v of 1000", few)
	}
	if slices.Equal(few, other) || !slices.Equal(few, drawnIDs(1000, Limit{20, 1})) {
		t.Errorf("drawn %v by seed 1, and %v by seed 2", few, other)
	}
	for _, id := range few {
		if !slices.Contains(many, id) {
			t.Errorf("%d is among 20 and not among 50", id)
		}
	}
	if slices.Max(few) < 500 || slices.Max(drawnIDs(1000, Limit{20, 3})) < 500 {
		t.Errorf("the first rows are drawn: %v", few)
	}
	for _, n := range []int{0, 3, 4} {
		if got := drawnIDs(3, Limit{n, 1}); !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("%d of 3: %v", n, got)
		}
	}
}

func TestSampleString(t *testing.T) {
	for want, s := range map[string]Sample{"200 of 2,490 examples": {200, 2490}, "1,002,490 examples": {1002490, 1002490}, "0 of 999 examples": {0, 999}} {
		if got := s.String(); got != want {
			t.Errorf("%v is written %q, want %q", [2]int{s.Examples, s.Of}, got, want)
		}
	}
}
