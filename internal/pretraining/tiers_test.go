package pretraining

import (
	"math"
	"testing"
)

func TestLogTokens(t *testing.T) {
	got := XGLM().LogTokens([]string{"en", "de", "sw", "ur", "yo"})
	if _, unseen := got.Values["yo"]; unseen || len(got.Values) != 4 {
		t.Errorf("%v, want the four seen languages", got)
	}
	near(t, "log tokens of sw", got.Values["sw"], 8.958085848521085)
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestTierMeans(t *testing.T) {
	got := XGLM().TierMeans(map[string]float64{"en": 1, "de": 3, "sw": 5, "yo": 7})
	want := []struct {
		tier Tier
		n    int
		mean float64
	}{{High, 2, 2}, {Low, 1, 5}, {Seen, 3, 3}, {Unseen, 1, 7}}
	if len(got) != len(want) {
		t.Fatalf("%+v, want %+v", got, want)
	}
	for i, w := range want {
		if got[i].Tier != w.tier || got[i].N != w.n {
			t.Errorf("%+v, want %+v", got[i], w)
		}
		near(t, string(w.tier), got[i].Mean, w.mean)
	}
}
