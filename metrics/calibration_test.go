package metrics

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// The references were computed by numpy and scipy: testdata/metrics/make_calibration.py.
func TestCalibrationEqualsNumpy(t *testing.T) {
	b, err := os.ReadFile("../testdata/metrics/calibration.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Logits                   [][]float64
		Gold                     []int
		Temperature, ECE, Scaled float64
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range cases {
		var predictions []Scored
		for i, logits := range c.Logits {
			predictions = append(predictions, Scored{logits, c.Gold[i]})
		}
		temperature := FitTemperature(predictions)
		near(t, "temperature", temperature, c.Temperature)
		near(t, "error", ECE(predictions, 1), c.ECE)
		near(t, "error at the temperature", ECE(predictions, temperature), c.Scaled)
	}
}

// Of predictions that are all right the sharpest are best, and of logits that mislead the flattest.
func TestTemperatureHasBounds(t *testing.T) {
	right, wrong := []Scored{{[]float64{2, 1}, 0}}, []Scored{{[]float64{2, 1}, 1}}
	if hot, cold := FitTemperature(wrong), FitTemperature(right); math.Abs(hot-100) > 1e-9 || math.Abs(cold-0.01) > 1e-12 {
		t.Errorf("temperatures %v and %v, want 100 and 0.01", hot, cold)
	}
}

// A probability at a bin's upper edge is in it, and certain ones are in the last.
func TestECEAtEdges(t *testing.T) {
	near(t, "three even labels", ECE([]Scored{{[]float64{0, 0, 0}, 0}, {[]float64{0, 0, 0}, 1}}, 1), 1.0/2-1.0/3)
	near(t, "certain and wrong", ECE([]Scored{{[]float64{1e4, 0}, 1}}, 1), 1)
	near(t, "certain and right", ECE([]Scored{{[]float64{1e4, 0}, 0}}, 1), 0)
}
