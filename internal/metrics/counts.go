package transfer

import (
	"fmt"
	"slices"

	"xpt/internal/usererror"
)

// Counts are the hits of one class, one entity type or all of them together. Rates are fractions, 0 where nothing was counted
// (scikit-learn's and seqeval's zero_division=0).
type Counts struct {
	Correct   int `json:"correct"` // predicted and right
	Predicted int `json:"predicted"`
	Gold      int `json:"gold"`
}

func (c Counts) Precision() float64 { return ratio(c.Correct, c.Predicted) }
func (c Counts) Recall() float64    { return ratio(c.Correct, c.Gold) }

// F1 is the harmonic mean of precision and recall.
func (c Counts) F1() float64 { return ratio(2*c.Correct, c.Predicted+c.Gold) }

func (c Counts) plus(d Counts) Counts {
	return Counts{c.Correct + d.Correct, c.Predicted + d.Predicted, c.Gold + d.Gold}
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Class is a label, or an entity type, with its counts.
type Class struct {
	Name string `json:"class"`
	Counts
}

// MacroF1 is the unweighted mean of the classes' F1.
func MacroF1(classes []Class) float64 {
	if len(classes) == 0 {
		return 0
	}
	var sum float64
	for _, c := range classes {
		sum += c.F1()
	}
	return sum / float64(len(classes))
}

// Accuracy is the share of predictions that equal their gold label.
func Accuracy(gold, predicted []string) (float64, error) {
	if err := sameLength(len(gold), len(predicted)); err != nil {
		return 0, err
	}
	correct := 0
	for i := range gold {
		if gold[i] == predicted[i] {
			correct++
		}
	}
	return ratio(correct, len(gold)), nil
}

// Classes counts every label that occurs among gold or predictions, sorted by name: scikit-learn's
// precision_recall_fscore_support without a list of labels.
func Classes(gold, predicted []string) ([]Class, error) {
	if err := sameLength(len(gold), len(predicted)); err != nil {
		return nil, err
	}
	counts := map[string]Counts{}
	for i, g := range gold {
		p := predicted[i]
		counts[g] = counts[g].plus(Counts{Gold: 1})
		counts[p] = counts[p].plus(Counts{Predicted: 1})
		if g == p {
			counts[g] = counts[g].plus(Counts{Correct: 1})
		}
	}
	return sorted(counts), nil
}

func sorted(counts map[string]Counts) []Class {
	classes := make([]Class, 0, len(counts))
	for name, c := range counts {
		classes = append(classes, Class{name, c})
	}
	slices.SortFunc(classes, func(a, b Class) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return classes
}

func sameLength(gold, predicted int) error {
	if gold == 0 {
		return usererror.New("no examples to score")
	}
	if gold != predicted {
		return fmt.Errorf("%d predictions for %d examples: every example needs one", predicted, gold)
	}
	return nil
}

// Flatten checks that every sentence has a predicted tag for each of its words and returns all tags in one row, for the
// token-level metrics (Accuracy, Classes).
func Flatten(gold, predicted [][]string) (flatGold, flatPredicted []string, err error) {
	if err := sameLength(len(gold), len(predicted)); err != nil {
		return nil, nil, err
	}
	for i := range gold {
		if len(gold[i]) != len(predicted[i]) {
			return nil, nil, fmt.Errorf("sentence %d: %d predicted tags for %d words", i+1, len(predicted[i]), len(gold[i]))
		}
	}
	return slices.Concat(gold...), slices.Concat(predicted...), nil
}
