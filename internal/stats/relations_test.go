package transfer

import (
	"slices"
	"strings"
	"testing"
)

func TestRelate(t *testing.T) {
	gains := map[string]float64{"en": -0.5, "de": -0.2, "sw": 0.3, "ur": 0.1, "yo": 0.9}
	got := Relate(gains, []Property{
		{"falls with the gain", map[string]float64{"en": 9, "de": 7, "ur": 3, "sw": 1, "fr": 100}},
		{"too few", map[string]float64{"en": 1, "de": 2}},
		XGLMPretraining().LogTokens([]string{"en", "de", "sw", "ur", "yo"}),
	})
	if r := got[0]; r.N != 4 || r.Rho != -1 || !slices.Equal(r.Languages, []string{"de", "en", "sw", "ur"}) || r.Error != "" {
		t.Errorf("%+v, want rho -1 over de, en, sw, ur", r)
	}
	if r := got[1]; !strings.Contains(r.Error, "2 pairs") || r.N != 0 {
		t.Errorf("%+v, want an error about 2 pairs", r)
	}
	// Tokens order the languages en > de > ur > sw; the gains en < de < ur < sw. Yoruba is unseen.
	if r := got[2]; r.N != 4 || r.Rho != -1 {
		t.Errorf("%+v, want rho -1 over the four seen languages", r)
	}
	near(t, "log tokens of sw", XGLMPretraining().LogTokens([]string{"sw"}).Values["sw"], 8.958085848521085)
}

func TestTierMeans(t *testing.T) {
	got := XGLMPretraining().TierMeans(map[string]float64{"en": 1, "de": 3, "sw": 5, "yo": 7})
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
