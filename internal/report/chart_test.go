package report

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// An axis reaches from a tick to a tick around its data, and is not stretched to data that hardly differ.
func TestAxes(t *testing.T) {
	for name, c := range map[string]struct {
		axis
		low, high float64
		from, to  float64
	}{
		"around the data":                 {axis{}, 1.23, 4.56, 1, 5},
		"negative":                        {axis{}, -33.5, 20.7, -40, 30},
		"with 0":                          {axis{reach: []float64{0}}, 0.13, 0.27, 0, 0.3},
		"scores that hardly differ":       {scores("F1"), 99.8, 100, 90, 100},
		"scores around the middle":        {scores("F1"), 50, 50.2, 44, 56},
		"scores near 0":                   {scores("F1"), 0, 1, 0, 10},
		"one number":                      {axis{}, 3, 3, 3, 3},
		"one number, of points":           {axis{span: 4}, 3, 3, 1, 5},
		"a number that is a tick already": {axis{}, 0, 100, 0, 100},
	} {
		s := c.newScale(c.low, c.high)
		if name == "one number" {
			if !(s.from < 3 && s.to > 3) {
				t.Errorf("%s: from %g to %g", name, s.from, s.to)
			}
			continue
		}
		if math.Abs(s.from-c.from) > 1e-9 || math.Abs(s.to-c.to) > 1e-9 || s.ticks[0] != s.from || len(s.ticks) < 3 || len(s.ticks) > 9 {
			t.Errorf("%s: from %g to %g with ticks %v, want %g to %g", name, s.from, s.to, s.ticks, c.from, c.to)
		}
	}
}

// Marks tell what they are, methods differ by more than colour, and what has no finite number is not drawn.
func TestChart(t *testing.T) {
	c := newChart(axis{label: "fertility"}, axis{label: "gain in points"})
	for style := range 7 {
		c.series = append(c.series, series{name: strings.Repeat("m", style+1), style: style, points: []mark{{x: float64(style), y: 1, label: "sw", says: "Swahili & <more>: 1.5"}}})
	}
	svg := string(c.svg("gain"))
	for _, want := range []string{"<title>Swahili &amp; &lt;more&gt;: 1.5</title>", ">fertility</text>", ">gain in points</text>", `aria-label="gain"`, "> mmm</span>", ">sw<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in %s", want, svg)
		}
	}
	var all []string
	for style := range 7 {
		all = append(all, shapes[style])
	}
	slices.Sort(all)
	if len(slices.Compact(all)) != 7 {
		t.Error("two shapes are the same")
	}
	c.series[3].points[0].y = math.NaN()
	if svg := c.svg("gain"); svg != "" {
		t.Errorf("drawn: %s", svg)
	}
	if svg := newChart(axis{}, axis{}).svg("nothing"); svg != "" {
		t.Errorf("drawn: %s", svg)
	}
}

// Labels of points do not lie on one another; where there is no room they are left to the tooltip.
func TestLabelsKeepApart(t *testing.T) {
	c := newChart(axis{}, axis{})
	var s series
	for i := range 30 {
		s.points = append(s.points, mark{x: 0.001 * float64(i), y: 1, label: "sw"})
	}
	c.series = []series{s, {points: []mark{{x: 1, y: 2}}}}
	if n := strings.Count(string(c.svg("crowd")), ">sw<"); n == 0 || n == 30 {
		t.Errorf("%d of 30 labels in a crowd", n)
	}
}
