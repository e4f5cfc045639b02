package xpt_test

import (
	"bufio"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"xpt"
	"xpt/metrics"
)

// An evaluation's calibration error is that of the probabilities that it writes; the temperature is the dev set's.
func TestEvaluationRatesProbabilities(t *testing.T) {
	run, data := trained(t)
	m, err := xpt.OpenRun(run, float32s)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	predictions := t.TempDir()
	parts := map[string]bool{}
	r, err := m.Evaluate(t.Context(), xpt.EvaluateOptions{Data: data, Predictions: predictions, Progress: func(part string, _, _, of int) {
		parts[part] = true
		if of != 2 {
			t.Errorf("%d parts, want 2", of)
		}
	}})
	if err != nil || len(r.Languages) != 2 || !parts[""] || len(parts) != 3 {
		t.Fatalf("%+v, %v, %v", r.Languages, parts, err)
	}
	c := r.Languages[0].Calibration
	if c == nil || c.Scaled == nil || c.Scaled.Temperature <= 0 {
		t.Fatalf("calibration %+v", c)
	}
	if want := errorOfFile(t, filepath.Join(predictions, r.Split+"-en.jsonl")); math.Abs(c.ECE-want) > 1e-5 {
		t.Errorf("error %v, of the file %v", c.ECE, want)
	}
	dev, err := filepath.Glob(filepath.Join(data, "*", "dev-*"))
	if err != nil || len(dev) == 0 {
		t.Fatal(dev, err)
	}
	for _, file := range dev {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	r, err = m.Evaluate(t.Context(), xpt.EvaluateOptions{Data: data})
	if err != nil || r.Languages[0].Calibration == nil || r.Languages[0].Calibration.Scaled != nil || r.Languages[0].Calibration.ECE != c.ECE {
		t.Errorf("without a dev set: %+v, %v", r.Languages, err)
	}
}

// errorOfFile is the calibration error of tagged words by the file's probabilities.
func errorOfFile(t *testing.T, path string) float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var gap [metrics.CalibrationBins]float64
	words := 0.0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var row struct {
			Gold, Predicted []string
			Probabilities   []float64
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		for i, p := range row.Probabilities {
			words++
			bin := int(math.Ceil(metrics.CalibrationBins*p)) - 1
			gap[bin] += p
			if row.Gold[i] == row.Predicted[i] {
				gap[bin]--
			}
		}
	}
	sum := 0.0
	for _, g := range gap {
		sum += math.Abs(g)
	}
	return sum / words
}
