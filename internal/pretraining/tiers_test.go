package pretraining

import (
	"math"
	"testing"

	"xpt/internal/stats"
)

func TestLogTokens(t *testing.T) {
	gains := map[string]float64{"en": -0.5, "de": -0.2, "sw": 0.3, "ur": 0.1, "yo": 0.9}
	// Tokens order the languages en > de > ur > sw; the gains en < de < ur < sw. Yoruba is unseen.
	got := stats.Relate(gains, []stats.Property{XGLM().LogTokens([]string{"en", "de", "sw", "ur", "yo"})})
	if r := got[0]; r.N != 4 || r.Rho != -1 {
		t.Errorf("%+v, want rho -1 over the four seen languages", r)
	}
	near(t, "log tokens of sw", XGLM().LogTokens([]string{"sw"}).Values["sw"], 8.958085848521085)
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
