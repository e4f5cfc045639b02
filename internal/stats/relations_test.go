package stats

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
	})
	if r := got[0]; r.N != 4 || r.Rho != -1 || !slices.Equal(r.Languages, []string{"de", "en", "sw", "ur"}) || r.Error != "" {
		t.Errorf("%+v, want rho -1 over de, en, sw, ur", r)
	}
	if r := got[1]; !strings.Contains(r.Error, "2 pairs") || r.N != 0 {
		t.Errorf("%+v, want an error about 2 pairs", r)
	}
}
