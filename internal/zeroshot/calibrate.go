package zeroshot

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"xpt/datasets"
)

// The ways to take out of a label's score what the model gives it without an example.
const (
	// Contextual calibration (Zhao et al., arXiv 2102.09690): the labels' log-probabilities minus the logarithm of their mean
	// probabilities where N/A, [MASK] and nothing stand for the example's texts.
	Contextual = "contextual"
	// PMI is domain-conditional pointwise mutual information (Holtzman et al., arXiv 2104.08315): the labels' log-probabilities
	// minus those where the template has no example; of xcopa, those of the choice behind the connector alone.
	PMI = "pmi"
)

// Calibrations lists the ways.
var Calibrations = []string{Contextual, PMI}

// CheckCalibration refuses what is neither empty nor one of [Calibrations].
func CheckCalibration(name string) error {
	if name != "" && !slices.Contains(Calibrations, name) {
		return fmt.Errorf("%q is not one of %s", name, strings.Join(Calibrations, ", "))
	}
	return nil
}

// contentFree are the texts of each label with inputs that say nothing, [input][label].
func contentFree(calibration string, task datasets.Task, w Words, x datasets.Example) (texts [][]Text, err error) {
	inputs := []string{"N/A", "[MASK]", ""}
	if calibration == PMI {
		inputs = []string{""}
	}
	for _, input := range inputs {
		y := x
		y.Text, y.Pair = input, input
		if task.Name == "xcopa" {
			y.Text, y.Pair = input+".", x.Pair // the question is the template's
		}
		of, _, err := Texts(task, w, y)
		if err != nil {
			return nil, err
		}
		for i := range of { // an empty text leaves the space before the connector
			of[i].Context = strings.TrimPrefix(of[i].Context, " ")
		}
		texts = append(texts, of)
	}
	return texts, nil
}

// calibrated are the labels' scores from the summed log-probabilities of their texts and of the content-free ones.
func calibrated(calibration string, sums []float64, free [][]float64) []float64 {
	scores := slices.Clone(sums)
	for k := range scores {
		if calibration == PMI {
			scores[k] -= free[0][k]
			continue
		}
		mean := 0.0
		for _, of := range free {
			mean += math.Exp(of[k]-logSumExp(of)) / float64(len(free))
		}
		scores[k] -= math.Log(mean)
	}
	return scores
}

func logSumExp(values []float64) float64 {
	largest, sum := slices.Max(values), 0.0
	for _, v := range values {
		sum += math.Exp(v - largest)
	}
	return largest + math.Log(sum)
}
