package transfer

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/usererror"
)

// Score is one metric's value, a fraction.
type Score struct {
	Metric string  `json:"metric"`
	Value  float64 `json:"value"`
}

// Scores rates predictions as the field does for the task; the first is the
// task's main metric. predicted holds each example's label, or one per word.
//
//	XNLI, PAWS-X, SIB-200  accuracy, macro-F1
//	UDPOS, MasakhaPOS      seqeval micro-F1 as XTREME computes it, accuracy over words
//	PAN-X and other NER    seqeval micro-F1, types as seqeval 1.x names them
func Scores(task datasets.Task, examples []datasets.Example, predicted [][]string) ([]Score, error) {
	gold, got, err := labelled(task, examples, predicted)
	if err != nil {
		return nil, err
	}
	flatGold, flatGot, err := Flatten(gold, got)
	if err != nil {
		return nil, err
	}
	accuracy, err := Accuracy(flatGold, flatGot)
	if err != nil {
		return nil, err
	}
	if task.Kind != datasets.Tagging {
		classes, err := Classes(flatGold, flatGot)
		return []Score{{"accuracy", accuracy}, {"macro-F1", MacroF1(classes)}}, err
	}
	spans, err := Seqeval(gold, got, typeRule(task))
	if err != nil {
		return nil, err
	}
	scores := []Score{{"F1", spans.Micro.F1()}}
	if !marksEntities(task) {
		scores = append(scores, Score{"accuracy", accuracy})
	}
	return scores, nil
}

// ByExample counts the hits of the task's main metric in each labelled example,
// for intervals and paired tests.
func ByExample(task datasets.Task, examples []datasets.Example, predicted [][]string) ([]Counts, error) {
	gold, got, err := labelled(task, examples, predicted)
	if err != nil {
		return nil, err
	}
	if task.Kind != datasets.Tagging {
		return ExampleCounts(slices.Concat(gold...), slices.Concat(got...))
	}
	spans, err := Seqeval(gold, got, typeRule(task))
	return spans.BySentence, err
}

// ByClass counts the hits of each class: of entity types seqeval's, or else of
// the labels that examples or words have.
func ByClass(task datasets.Task, examples []datasets.Example, predicted [][]string) ([]Class, error) {
	gold, got, err := labelled(task, examples, predicted)
	if err != nil {
		return nil, err
	}
	if marksEntities(task) {
		spans, err := Seqeval(gold, got, typeRule(task))
		return spans.Types, err
	}
	flatGold, flatGot, err := Flatten(gold, got)
	if err != nil {
		return nil, err
	}
	return Classes(flatGold, flatGot)
}

// labelled pairs gold labels with predictions, without the examples that have
// no label to compare with.
func labelled(task datasets.Task, examples []datasets.Example, predicted [][]string) (gold, got [][]string, err error) {
	if len(examples) != len(predicted) {
		return nil, nil, fmt.Errorf("%d predictions for %d examples", len(predicted), len(examples))
	}
	for i, x := range examples {
		want := x.Tags
		if task.Kind != datasets.Tagging && x.Label != "" {
			want = []string{x.Label}
		}
		if want == nil {
			continue // no label to compare with
		}
		if len(want) != len(predicted[i]) {
			return nil, nil, fmt.Errorf("%s:%d: %d predictions for %d labels", x.File, x.Line, len(predicted[i]), len(want))
		}
		gold, got = append(gold, want), append(got, predicted[i])
	}
	if len(gold) == 0 {
		return nil, nil, usererror.Errorf("none of the %d examples has a label to score against", len(examples))
	}
	return gold, got, nil
}

// marksEntities tells tasks whose tags are B-, I- and O. IOB1 has B- only
// between neighbours, so that a data set may be without.
func marksEntities(task datasets.Task) bool {
	return slices.ContainsFunc(task.Labels, func(label string) bool {
		return strings.HasPrefix(label, "B-") || strings.HasPrefix(label, "I-")
	})
}

// typeRule is LastHyphen for parts of speech, as XTREME's numbers have it. A
// type of entities may hold hyphens itself, which LastHyphen would merge
// (location-other and person-other are one "other").
func typeRule(task datasets.Task) TypeRule {
	if marksEntities(task) {
		return DropFirst
	}
	return LastHyphen
}

// Majority scores the best constant prediction: every example, or every word,
// gets the most frequent of the gold labels. A model that does no better has
// learned nothing.
func Majority(task datasets.Task, examples []datasets.Example) ([]Score, error) {
	count := map[string]int{}
	for _, x := range examples {
		count[x.Label]++
		for _, tag := range x.Tags {
			count[tag]++
		}
	}
	delete(count, "")
	best := ""
	for _, label := range task.Labels {
		if best == "" || count[label] > count[best] {
			best = label
		}
	}
	predicted := make([][]string, len(examples))
	for i, x := range examples {
		predicted[i] = []string{best}
		if task.Kind == datasets.Tagging {
			predicted[i] = make([]string, len(x.Words))
			for j := range predicted[i] {
				predicted[i][j] = best
			}
		}
	}
	return Scores(task, examples, predicted)
}
