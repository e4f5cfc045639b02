package metrics

import "math"

// CalibrationBins is how many bins of equal width [ECE] sorts predictions into.
const CalibrationBins = 15

// Calibration tells how far a prediction's probability is from how often such predictions are right.
type Calibration struct {
	ECE    float64 `json:"ece"`              // a fraction, of the probabilities as they are
	Scaled *Scaled `json:"scaled,omitempty"` // nil where no dev set of the trained language was there to fit a temperature to
}

// Scaled is the calibration of logits that are divided by a temperature.
type Scaled struct {
	Temperature float64 `json:"temperature"`
	ECE         float64 `json:"ece"`
}

// Scored are logits of several labels with the index of the gold one.
type Scored struct {
	Logits []float64
	Gold   int
}

// ECE is the expected calibration error (Guo et al., arXiv 1706.04599) of predictions from logits that are
// divided by a temperature: predictions are sorted into bins (i/15, (i+1)/15] by their probability, and it is
// the mean over all predictions of how far, in their bin, mean probability and accuracy are apart.
func ECE(predictions []Scored, temperature float64) float64 {
	var gap [CalibrationBins]float64 // summed probabilities minus right predictions
	for _, p := range predictions {
		best := 0
		for k, z := range p.Logits {
			if z > p.Logits[best] {
				best = k
			}
		}
		sum := 0.0
		for _, z := range p.Logits {
			sum += math.Exp((z - p.Logits[best]) / temperature)
		}
		bin := min(max(int(math.Ceil(CalibrationBins/sum))-1, 0), CalibrationBins-1)
		gap[bin] += 1 / sum
		if best == p.Gold {
			gap[bin]--
		}
	}
	total := 0.0
	for _, g := range gap {
		total += math.Abs(g)
	}
	return total / float64(len(predictions))
}

// FitTemperature returns the temperature between 1/100 and 100 under which the gold labels are likeliest. The mean
// negative log-likelihood is convex in 1/temperature, so the sign of its derivative halves the range until
// no number lies between.
func FitTemperature(predictions []Scored) float64 {
	low, high := 0.01, 100.0 // of 1/temperature
	for {
		mid := math.Sqrt(low * high)
		if mid <= low || mid >= high {
			return 1 / mid
		}
		if slope(predictions, mid) > 0 {
			high = mid
		} else {
			low = mid
		}
	}
}

// slope is the derivative, times their number, of the predictions' mean negative log-likelihood by 1/temperature:
// expected minus gold logits.
func slope(predictions []Scored, inverse float64) (total float64) {
	for _, p := range predictions {
		gold := p.Logits[p.Gold]
		largest := p.Logits[0]
		for _, z := range p.Logits {
			largest = max(largest, z)
		}
		sum, weighted := 0.0, 0.0
		for _, z := range p.Logits {
			e := math.Exp(inverse * (z - largest))
			sum += e
			weighted += e * (z - gold)
		}
		total += weighted / sum
	}
	return total
}
