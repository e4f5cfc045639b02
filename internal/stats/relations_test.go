package stats

import (
	"strings"
	"testing"
)

func TestRelate(t *testing.T) {
	gains := map[string]float64{"de": 1, "el": 2, "en": 3, "es": 4, "fr": 5, "hi": 6, "ru": 7, "sw": 8, "tr": 9}
	falling := map[string]float64{"de": 9, "el": 8, "en": 7, "es": 6, "fr": 5, "hi": 4, "ru": 3, "sw": 2, "zh": 100}
	if r := Relate(gains, Property{"falls with the gain", falling}); r.N != 8 || r.Rho != -1 || len(r.Points) != 8 || r.Points[7] != (Point{"sw", 2, 8}) || r.Error != "" {
		t.Errorf("%+v, want rho -1 over 8 languages", r)
	}
	if r := Relate(gains, Property{"too few", map[string]float64{"de": 9, "el": 8, "en": 7, "es": 6, "fr": 5, "hi": 4, "ru": 3}}); !strings.Contains(r.Error, "needs 8 languages") || r.N != 0 || len(r.Points) != 7 || r.Points[0] != (Point{"de", 9, 1}) {
		t.Errorf("%+v, want 7 points and no correlation", r)
	}
}

func TestAdjustRelations(t *testing.T) {
	ref := readStatistics(t).Holm
	var family []*Relation
	for _, p := range ref.P {
		family = append(family, &Relation{Correlation: Correlation{P: p}}, &Relation{Correlation: Correlation{P: 0}, Error: "too few"})
	}
	AdjustRelations(family)
	for i, want := range ref.Adjusted {
		near(t, "adjusted p", family[2*i].AdjustedP, want)
		near(t, "p of too few", family[2*i+1].AdjustedP, 0)
	}
}
