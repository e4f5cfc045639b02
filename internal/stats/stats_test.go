package stats

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"xpt/metrics"
)

// The references of testdata/metrics/statistics.json were computed by scipy, numpy and statsmodels.
type statisticsReferences struct {
	Spearman []struct {
		X, Y              []float64
		Rho, P, Low, High float64
	}
	Paired []struct {
		A, B      [][3]int
		AccuracyP float64 `json:"accuracy_p"`
		F1P       float64 `json:"f1_p"`
	}
	Holm      struct{ P, Adjusted []float64 }
	Bootstrap struct {
		Correct   []int
		Low, High float64
	}
	Quantile struct{ Values, Q, Want []float64 }
	Spread   struct {
		Values   []float64
		Mean, SD float64
	}
}

func readStatistics(t *testing.T) (refs statisticsReferences) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/metrics/statistics.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	return refs
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestSpearmanEqualsScipy(t *testing.T) {
	for _, ref := range readStatistics(t).Spearman {
		got, err := Spearman(ref.X, ref.Y)
		if err != nil {
			t.Fatal(err)
		}
		if got.N != len(ref.X) {
			t.Errorf("n = %d, want %d", got.N, len(ref.X))
		}
		near(t, "rho", got.Rho, ref.Rho)
		near(t, "p", got.P, ref.P)
		near(t, "low", got.Low, ref.Low)
		near(t, "high", got.High, ref.High)
	}
	for _, c := range []struct{ x, y []float64 }{
		{[]float64{1, 2, 3}, []float64{1, 2, 3}},
		{[]float64{1, 2, 3, 4}, []float64{1, 2, 3}},
		{[]float64{1, 1, 1, 1}, []float64{1, 2, 3, 4}},
	} {
		if _, err := Spearman(c.x, c.y); err == nil {
			t.Errorf("Spearman(%v, %v): no error", c.x, c.y)
		}
	}
}

func asCounts(rows [][3]int) []metrics.Counts {
	counts := make([]metrics.Counts, len(rows))
	for i, r := range rows {
		counts[i] = metrics.Counts{Correct: r[0], Predicted: r[1], Gold: r[2]}
	}
	return counts
}

// correctShare makes the first number of the counts a score as accuracy is.
func correctShare(c metrics.Counts) float64 { return float64(c.Correct) }

func TestPairedTestCountsAllExchanges(t *testing.T) {
	for _, ref := range readStatistics(t).Paired {
		for _, c := range []struct {
			what  string
			score func(metrics.Counts) float64
			want  float64
		}{{"accuracy", correctShare, ref.AccuracyP}, {"F1", metrics.Counts.F1, ref.F1P}} {
			got, err := PairedTest(asCounts(ref.A), asCounts(ref.B), 1, 0, c.score)
			if err != nil {
				t.Fatal(err)
			}
			near(t, c.what+" p", got, c.want)
		}
	}
}

func TestPairedTestDraws(t *testing.T) {
	// 25 examples only A gets right, 10 only B: the exact sign test has p = 2 P(X <= 10 | n = 35,
	// 1/2) = 0.016679...
	a, b := make([]metrics.Counts, 200), make([]metrics.Counts, 200)
	for i := range a {
		a[i] = metrics.Counts{Correct: 1, Predicted: 1, Gold: 1}
		b[i] = a[i]
		if i < 25 {
			b[i].Correct = 0
		} else if i < 35 {
			a[i].Correct = 0
		}
	}
	p, err := PairedTest(a, b, 20000, 1, metrics.Counts.F1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(p-0.01668) > 0.003 {
		t.Errorf("p = %v, want about 0.0167", p)
	}
	if again, _ := PairedTest(a, b, 20000, 1, metrics.Counts.F1); again != p {
		t.Errorf("the same seed gave %v and %v", p, again)
	}
	if p, err := PairedTest(a, a, 100, 1, metrics.Counts.F1); err != nil || p != 1 {
		t.Errorf("a method against itself: p = %v, %v", p, err)
	}
}

func TestBootstrap(t *testing.T) {
	ref := readStatistics(t)
	for i, q := range ref.Quantile.Q {
		near(t, "quantile", quantile(ref.Quantile.Values, q), ref.Quantile.Want[i])
	}
	counts := make([]metrics.Counts, len(ref.Bootstrap.Correct))
	for i, c := range ref.Bootstrap.Correct {
		counts[i] = metrics.Counts{Correct: c, Predicted: 1, Gold: 1}
	}
	n := &Nested{Resampling: Resampling{Rounds: 5000, Level: 0.95, Seed: 1}, Samples: []*Sample{newSample(t, counts)}}
	got, err := n.Intervals([]Estimate{InLanguage(Scores{{0}}, nil, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(got[0].Low-ref.Bootstrap.Low) > 0.007 || math.Abs(got[0].High-ref.Bootstrap.High) > 0.007 {
		t.Errorf("interval %v, scipy's %v to %v", got, ref.Bootstrap.Low, ref.Bootstrap.High)
	}
}

func TestHolm(t *testing.T) {
	ref := readStatistics(t).Holm
	for i, got := range Holm(ref.P) {
		near(t, "adjusted p", got, ref.Adjusted[i])
	}
}

func TestPoolAndSpread(t *testing.T) {
	got, err := Pool(asCounts([][3]int{{1, 1, 1}, {0, 2, 3}}), asCounts([][3]int{{0, 1, 1}, {1, 1, 3}}))
	if err != nil || !slices.Equal(got, asCounts([][3]int{{1, 2, 2}, {1, 3, 6}})) {
		t.Errorf("pooled %v, %v", got, err)
	}
	if _, err := Pool([]metrics.Counts{{}}, nil); err == nil {
		t.Error("runs over different examples: no error")
	}
	ref := readStatistics(t).Spread
	s := NewSpread(ref.Values)
	near(t, "mean", s.Mean, ref.Mean)
	near(t, "sd", s.SD, ref.SD)
	if s := NewSpread([]float64{3}); s != (Spread{1, 3, 0}) {
		t.Errorf("spread of one value: %+v", s)
	}
}

func TestTransferMeans(t *testing.T) {
	got := TransferMeans(map[string]float64{"en": 0.9, "de": 0.7, "sw": 0.5}, "en")
	near(t, "mean", got.All, 0.7)
	near(t, "mean of the others", got.Others, 0.6)
	near(t, "gap", got.Gap, 0.3)
	if got := TransferMeans(map[string]float64{"de": 0.7}, "en"); got.Gap != 0 || got.N != 1 {
		t.Errorf("without the source language: %+v", got)
	}
}
