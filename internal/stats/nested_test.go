package stats

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xpt/metrics"
)

// The references of testdata/metrics/nested.json were computed by numpy from the same draws.
type nestedReferences struct {
	Rounds int
	Level  float64
	Seed   uint64
	Values []string
	Below  []int
	Cases  []struct {
		Samples   [][][][3]int // [language][run][example]
		Parallel  bool
		Estimates []struct {
			Of, Minus   Scores
			Fixed       []int
			FixedWeight float64 `json:"fixed_weight"`
			Drawn       []int
			DrawnWeight float64 `json:"drawn_weight"`
		}
		Want [][2]float64
	}
	Paired []struct {
		A, B [][3]int
		P    float64
	}
	Mean struct {
		Scores []float64
		Want   [2]float64
	}
}

func readNested(t *testing.T) (refs nestedReferences) {
	t.Helper()
	b, err := os.ReadFile("../../testdata/metrics/nested.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	return refs
}

func TestStreamEqualsNumpy(t *testing.T) {
	refs := readNested(t)
	s := newStream(1, 2, math.MaxUint64)
	for _, want := range refs.Values {
		if got := strconv.FormatUint(s.next(), 10); got != want {
			t.Errorf("value %s, want %s", got, want)
		}
	}
	s = newStream(1, 2, 3)
	for _, want := range refs.Below {
		if got := s.below(1000); got != want {
			t.Errorf("below 1000: %d, want %d", got, want)
		}
	}
}

func newSample(t testing.TB, runs ...[]metrics.Counts) *Sample {
	t.Helper()
	s, err := NewSample(runs...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNestedEqualsNumpy(t *testing.T) {
	refs := readNested(t)
	for _, c := range refs.Cases {
		n := &Nested{Resampling: Resampling{refs.Rounds, refs.Level, refs.Seed}, Parallel: c.Parallel}
		for _, language := range c.Samples {
			var runs [][]metrics.Counts
			for _, run := range language {
				runs = append(runs, asCounts(run))
			}
			n.Samples = append(n.Samples, newSample(t, runs...))
		}
		var estimates []Estimate
		for _, e := range c.Estimates {
			estimates = append(estimates, Estimate{e.Of, e.Minus, e.Fixed, e.FixedWeight, e.Drawn, e.DrawnWeight})
		}
		got, err := n.Intervals(estimates)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.Want {
			near(t, "low", got[i].Low, want[0])
			near(t, "high", got[i].High, want[1])
		}
		if again, err := n.Intervals(estimates); err != nil || !slices.Equal(again, got) {
			t.Errorf("the same seed gave %v and %v, %v", got, again, err)
		}
	}
	r := Resampling{refs.Rounds, refs.Level, refs.Seed}
	got, err := r.MeanInterval(refs.Mean.Scores)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low", got.Low, refs.Mean.Want[0])
	near(t, "high", got.High, refs.Mean.Want[1])
}

func TestPairedTestEqualsNumpy(t *testing.T) {
	refs := readNested(t)
	for _, c := range refs.Paired {
		p, err := PairedTest(asCounts(c.A), asCounts(c.B), 999, refs.Seed, metrics.Counts.F1)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "p", p, c.P)
	}
}

// answers are n examples of which so many are right, spread over them from first on.
func answers(right, n, first int) []metrics.Counts {
	counts := make([]metrics.Counts, n)
	for i := range counts {
		counts[i] = metrics.Counts{Predicted: 1, Gold: 1}
	}
	for i := range right {
		counts[(first+i)%n].Correct = 1
	}
	return counts
}

// The interval of a mean over two languages of equal scores is no point: their examples are a sample too.
func TestNestedCoversExamplesAndSeeds(t *testing.T) {
	r := Resampling{Rounds: 4000, Level: 0.95, Seed: 1}
	width := func(parallel bool, seeds Scores, samples ...*Sample) float64 {
		n := &Nested{Resampling: r, Samples: samples, Parallel: parallel}
		got, err := n.Intervals([]Estimate{OverLanguages(seeds, nil, []int{0, 1})})
		if err != nil {
			t.Fatal(err)
		}
		return got[0].High - got[0].Low
	}
	one := Scores{{0}, {0}}
	a, b := newSample(t, answers(50, 100, 0)), newSample(t, answers(50, 100, 0))
	// Of n independent answers the score's standard error is 0.5 / sqrt(n). Two languages that are drawn twice or once have those of
	// 200; of translations it is that of 100 texts.
	normal := func(n float64) float64 { return 2 * 1.96 * 0.5 / math.Sqrt(n) }
	if got := width(false, one, a, b); math.Abs(got/normal(200)-1) > 0.1 {
		t.Errorf("width %.3f over two languages, want about %.3f", got, normal(200))
	}
	if got := width(true, one, a, b); math.Abs(got/normal(100)-1) > 0.1 {
		t.Errorf("width %.3f over translations, want about %.3f", got, normal(100))
	}
	// Two seeds 40 points apart: their mean is drawn 20 points lower or higher, each in a quarter of the rounds.
	two := newSample(t, answers(30, 100, 0), answers(70, 100, 0))
	if got := width(false, Scores{{0, 1}, {0, 1}}, two, two); got < 0.4 {
		t.Errorf("width %.3f with seeds 0.4 apart", got)
	}
}

// A difference is taken on the same draws: two methods with the same answers differ by nothing in every round.
func TestNestedDifferencesAreOnTheSameDraws(t *testing.T) {
	s := newSample(t, answers(30, 90, 0), answers(60, 90, 5), answers(30, 90, 0), answers(60, 90, 5))
	n := &Nested{Resampling: Resampling{200, 0.95, 1}, Samples: []*Sample{s, s, s}}
	a, b := Scores{{0, 1}, {0, 1}, {0, 1}}, Scores{{2, 3}, {2, 3}, {2, 3}}
	got, err := n.Intervals([]Estimate{InLanguage(a, b, 1), OverLanguages(a, b, []int{0, 1, 2}), InLanguage(a, nil, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != (Interval{}) || got[1] != (Interval{}) || got[2].High-got[2].Low < 0.1 {
		t.Errorf("%v, want no difference", got)
	}
}

func TestNestedRefuses(t *testing.T) {
	s := newSample(t, answers(3, 9, 0))
	ok := Resampling{10, 0.95, 1}
	for want, c := range map[string]struct {
		r Resampling
		e Estimate
	}{
		"level 95":               {Resampling{10, 95, 1}, InLanguage(Scores{{0}}, nil, 0)},
		"0 rounds":               {Resampling{0, 0.95, 1}, InLanguage(Scores{{0}}, nil, 0)},
		"no run 1":               {ok, InLanguage(Scores{{1}}, nil, 0)},
		"language 1 has no":      {ok, InLanguage(Scores{{0}, {0}}, nil, 1)},
		"of no language":         {ok, OverLanguages(Scores{{0}}, nil, nil)},
		"1 seeds less 2":         {ok, InLanguage(Scores{{0}}, Scores{{0, 0}}, 0)},
		"2 seeds in language 2,": {ok, OverLanguages(Scores{{0}, nil, {0, 0}}, nil, []int{0, 2})},
	} {
		n := &Nested{Resampling: c.r, Samples: []*Sample{s, nil, s}}
		if _, err := n.Intervals([]Estimate{c.e}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, runs := range [][][]metrics.Counts{nil, {{}}, {answers(1, 2, 0), answers(1, 3, 0)}, {{{Correct: 2, Predicted: 1, Gold: 2}}}, {{{Predicted: 1 << 32, Gold: 1}}}} {
		if _, err := NewSample(runs...); err == nil {
			t.Errorf("%v: no error", runs)
		}
	}
}

// A thousand rounds over PAN-X's size take seconds: 40 languages, 5 seeds of two methods, 10,000 examples.
func BenchmarkNested(b *testing.B) {
	var runs [][]metrics.Counts
	random := rand.New(rand.NewPCG(1, 1))
	for r := range 10 {
		runs = append(runs, make([]metrics.Counts, 10000))
		for i := range runs[r] {
			gold := 1 + random.IntN(3) // as many entities as PAN-X's sentences have, and few of them the same in all runs
			runs[r][i] = metrics.Counts{Correct: random.IntN(1 + gold), Predicted: gold, Gold: gold}
		}
	}
	n := &Nested{Resampling: Resampling{1000, 0.95, 1}}
	var prompt, full Scores
	var languages []int
	for l := range 40 {
		n.Samples = append(n.Samples, newSample(b, runs...))
		prompt, full = append(prompt, []int{0, 1, 2, 3, 4}), append(full, []int{5, 6, 7, 8, 9})
		languages = append(languages, l)
	}
	var estimates []Estimate
	for l := range languages {
		estimates = append(estimates, InLanguage(prompt, nil, l), InLanguage(full, nil, l), InLanguage(prompt, full, l))
	}
	estimates = append(estimates, OverLanguages(prompt, full, languages[1:]), Gap(prompt, []int{0}, languages[1:]))
	for b.Loop() {
		if _, err := n.Intervals(estimates); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(runtime.GOMAXPROCS(0)), "threads")
	b.ReportMetric(b.Elapsed().Round(time.Millisecond).Seconds()/float64(b.N), "s/op")
}
