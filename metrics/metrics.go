package metrics

import "slices"

// Metric is a number that rates predictions.
type Metric struct {
	Name            string
	SmallerIsBetter bool // as of a loss
	unit            unit
	value           func(Comparison) float64
}

// unit is what a metric counts.
type unit int

const (
	labels     unit = iota
	entities        // of seqeval 1.x
	xtremeRuns      // of seqeval 0.x: neighbours with the same tag are one entity
)

func (u unit) compare(gold, predicted [][]string) (Comparison, error) {
	switch u {
	case entities:
		return CompareEntities(gold, predicted, DropFirst)
	case xtremeRuns:
		return CompareEntities(gold, predicted, LastHyphen)
	}
	return CompareLabels(gold, predicted)
}

func micro(c Comparison) float64 { return c.Total.F1() }
func macro(c Comparison) float64 { return MacroF1(c.ByClass) }

var accuracy = Metric{Name: "accuracy", unit: labels, value: micro}

// Scheme is the set of metrics for a kind of task.
type Scheme struct {
	Metrics []Metric // the first is the main one
	classes unit     // of one of the metrics
}

// The schemes, each with the field's numbers for its kind of task.
var (
	// Classification is accuracy and macro-F1.
	Classification = Scheme{[]Metric{accuracy, {Name: "macro-F1", unit: labels, value: macro}}, labels}
	// PartsOfSpeech is seqeval's micro-F1 as XTREME computes it, and accuracy over words.
	PartsOfSpeech = Scheme{[]Metric{{Name: "F1", unit: xtremeRuns, value: micro}, accuracy}, labels}
	// NamedEntities is seqeval's micro-F1. Types may hold hyphens, which LastHyphen would merge
	// (location-other and person-other are one "other").
	NamedEntities = Scheme{[]Metric{{Name: "F1", unit: entities, value: micro}}, entities}
	// LanguageModeling is the mean loss per token. It needs no labels, so Rate does not apply.
	LanguageModeling = Scheme{Metrics: []Metric{{Name: "loss", SmallerIsBetter: true}}}
)

// Main is the metric that selects the best epoch and compares methods.
func (s Scheme) Main() Metric { return s.Metrics[0] }

// Score is one metric's value, a fraction.
type Score struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
}

// Rating holds the scores of predictions.
type Rating struct {
	Scores    []Score  // of the scheme's metrics
	Classes   []Class  // sorted by name
	ByExample []Counts // of the main metric, whose value is F1 of their sum
}

// Rate compares gold labels with predicted ones; a row is an example's label, or the tags of its
// words.
func (s Scheme) Rate(gold, predicted [][]string) (r Rating, err error) {
	compared := map[unit]Comparison{}
	for _, m := range s.Metrics {
		c, done := compared[m.unit]
		if !done {
			if c, err = m.unit.compare(gold, predicted); err != nil {
				return r, err
			}
			compared[m.unit] = c
		}
		r.Scores = append(r.Scores, Score{m.Name, m.value(c)})
	}
	r.Classes, r.ByExample = compared[s.classes].ByClass, compared[s.Main().unit].ByExample
	return r, nil
}

// Majority scores the best constant prediction, which is the most frequent of the gold labels; of
// several the first among known. A model that does no better has learned nothing.
func (s Scheme) Majority(known []string, gold [][]string) ([]Score, error) {
	count := map[string]int{}
	for _, row := range gold {
		for _, label := range row {
			count[label]++
		}
	}
	best := ""
	for _, label := range known {
		if best == "" || count[label] > count[best] {
			best = label
		}
	}
	constant := make([][]string, len(gold))
	for i, row := range gold {
		constant[i] = slices.Repeat([]string{best}, len(row))
	}
	rating, err := s.Rate(gold, constant)
	return rating.Scores, err
}
