// Package metrics rates predicted labels against gold ones as scikit-learn, seqeval and XTREME do.
// Rates are fractions, 0 where nothing was counted (their zero_division=0).
package metrics

import (
	"cmp"
	"fmt"
	"slices"

	"xpt/internal/usererror"
)

// Counts are the hits of one class, of one example, or of all together.
type Counts struct {
	Correct   int `json:"correct"` // predicted and right
	Predicted int `json:"predicted"`
	Gold      int `json:"gold"`
}

// Precision is the share of the predicted that is right.
func (c Counts) Precision() float64 { return ratio(c.Correct, c.Predicted) }

// Recall is the share of the gold that is found.
func (c Counts) Recall() float64 { return ratio(c.Correct, c.Gold) }

// F1 is the harmonic mean of precision and recall.
func (c Counts) F1() float64 { return ratio(2*c.Correct, c.Predicted+c.Gold) }

// Plus adds counts of other examples or classes.
func (c Counts) Plus(d Counts) Counts {
	return Counts{c.Correct + d.Correct, c.Predicted + d.Predicted, c.Gold + d.Gold}
}

// Minus subtracts counts of some of the examples or classes.
func (c Counts) Minus(d Counts) Counts {
	return Counts{c.Correct - d.Correct, c.Predicted - d.Predicted, c.Gold - d.Gold}
}

// Times is n examples of these counts.
func (c Counts) Times(n int) Counts { return Counts{n * c.Correct, n * c.Predicted, n * c.Gold} }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Class is a label, or a type of entities, with its counts.
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

// Comparison counts where predictions agree with gold labels.
type Comparison struct {
	Total     Counts
	ByClass   []Class  // sorted by name: all that occur among gold or predictions
	ByExample []Counts // their sum is the total
}

// CompareLabels counts each label by itself, as accuracy and scikit-learn's
// precision_recall_fscore_support do. A row is an example's label, or the tags of its words. F1 of
// counts over all labels is their accuracy.
func CompareLabels(gold, predicted [][]string) (Comparison, error) {
	if err := sameShape(gold, predicted); err != nil {
		return Comparison{}, err
	}
	c := newComparison(len(gold))
	for i, labels := range gold {
		for j, g := range labels {
			p := predicted[i][j]
			c.add(i, g, Counts{Gold: 1})
			hit := Counts{Predicted: 1}
			if p == g {
				hit.Correct = 1
			}
			c.add(i, p, hit)
		}
	}
	return c.sorted(), nil
}

// comparison collects counts for a Comparison.
type comparison struct {
	Comparison
	counts map[string]Counts // by class
}

func newComparison(examples int) *comparison {
	return &comparison{Comparison{ByExample: make([]Counts, examples)}, map[string]Counts{}}
}

func (c *comparison) add(example int, class string, n Counts) {
	c.Total = c.Total.Plus(n)
	c.ByExample[example] = c.ByExample[example].Plus(n)
	c.counts[class] = c.counts[class].Plus(n)
}

func (c *comparison) sorted() Comparison {
	c.ByClass = make([]Class, 0, len(c.counts))
	for name, n := range c.counts {
		c.ByClass = append(c.ByClass, Class{name, n})
	}
	slices.SortFunc(c.ByClass, func(a, b Class) int { return cmp.Compare(a.Name, b.Name) })
	return c.Comparison
}

// sameShape refuses predictions that lack an example, or a word of one.
func sameShape(gold, predicted [][]string) error {
	if len(gold) == 0 {
		return usererror.New("no examples to score")
	}
	if len(gold) != len(predicted) {
		return fmt.Errorf("%d predictions for %d examples: every example needs one", len(predicted), len(gold))
	}
	for i := range gold {
		if len(gold[i]) != len(predicted[i]) {
			return fmt.Errorf("sentence %d: %d predicted tags for %d words", i+1, len(predicted[i]), len(gold[i]))
		}
	}
	return nil
}
