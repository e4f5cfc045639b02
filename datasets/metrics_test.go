package datasets

import (
	"math"
	"slices"
	"strings"
	"testing"

	"xpt/metrics"
)

func score(metric string, value float64) metrics.Score {
	return metrics.Score{Metric: metric, Value: value}
}

func counts(correct, predicted, gold int) metrics.Counts {
	return metrics.Counts{Correct: correct, Predicted: predicted, Gold: gold}
}

func class(name string, c metrics.Counts) metrics.Class { return metrics.Class{Name: name, Counts: c} }

func TestScoresByTask(t *testing.T) {
	pairs := []Example{{Label: "neutral"}, {Label: ""}, {Label: "entailment"}, {Label: "neutral"}}
	tagged := []Example{{Words: []string{"a", "b", "c"}, Tags: []string{"DET", "NOUN", "NOUN"}}}
	entities := []Example{{Words: []string{"a", "b"}, Tags: []string{"B-PER", "I-PER"}}, {Words: []string{"c"}, Tags: []string{"O"}}}
	for _, c := range []struct {
		task      string
		examples  []Example
		predicted [][]string
		want      []metrics.Score
	}{
		{"xnli", pairs, [][]string{{"neutral"}, {"neutral"}, {"neutral"}, {"contradiction"}}, []metrics.Score{score("accuracy", 1./3), score("macro-F1", 1./6)}},
		// One run of NOUN is one entity: DET is right, NOUN is not.
		{"udpos", tagged, [][]string{{"DET", "NOUN", "VERB"}}, []metrics.Score{score("F1", 0.4), score("accuracy", 2./3)}},
		{"panx", entities, [][]string{{"B-PER", "I-PER"}, {"B-LOC"}}, []metrics.Score{score("F1", 2./3)}},
	} {
		rating, err := task(t, c.task).Rate(c.examples, c.predicted)
		got := rating.Scores
		if err != nil {
			t.Errorf("%s: %v", c.task, err)
			continue
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.task, got, c.want)
			continue
		}
		for i := range got {
			if got[i].Metric != c.want[i].Metric || math.Abs(got[i].Value-c.want[i].Value) > 1e-12 {
				t.Errorf("%s: %v, want %v", c.task, got, c.want)
			}
		}
	}
}

// Types may hold hyphens (few-nerd, WNUT): what differs before the last one is
// another type. The numbers are seqeval 1.2.2's.
func TestTypesWithHyphens(t *testing.T) {
	task := task(t, "tagging").WithLabels([]string{"B-art-film", "B-product-film", "I-art-film", "O"})
	examples := []Example{
		{Words: []string{"a", "b", "c"}, Tags: []string{"B-art-film", "I-art-film", "O"}},
		{Words: []string{"d", "e"}, Tags: []string{"B-product-film", "O"}},
	}
	predicted := [][]string{{"B-art-film", "I-art-film", "O"}, {"B-art-film", "O"}}
	rating, err := task.Rate(examples, predicted)
	scores, classes, counted := rating.Scores, rating.Classes, rating.ByExample
	if err != nil || len(scores) != 1 || scores[0] != score("F1", 0.5) {
		t.Errorf("scores %v, %v, want F1 0.5", scores, err)
	}
	if want := []metrics.Class{class("art-film", counts(1, 2, 1)), class("product-film", counts(0, 0, 1))}; err != nil || !slices.Equal(classes, want) {
		t.Errorf("classes %v, %v, want %v", classes, err, want)
	}
	if want := []metrics.Counts{counts(1, 1, 1), counts(0, 1, 1)}; err != nil || !slices.Equal(counted, want) {
		t.Errorf("by example %v, %v, want %v", counted, err, want)
	}
}

// In IOB1 data all tags may be I-: they mark entities all the same.
func TestTagsWithoutB(t *testing.T) {
	task := task(t, "tagging").WithLabels([]string{"I-LOC", "O"})
	rating, err := task.Rate([]Example{{Words: []string{"a", "b"}, Tags: []string{"I-LOC", "O"}}}, [][]string{{"I-LOC", "O"}})
	if scores := rating.Scores; err != nil || len(scores) != 1 || scores[0] != score("F1", 1) {
		t.Errorf("scores %v, %v, want F1 alone", rating.Scores, err)
	}
}

func TestByClass(t *testing.T) {
	for _, c := range []struct {
		task      string
		examples  []Example
		predicted [][]string
		want      []metrics.Class
	}{
		{"xnli", []Example{{Label: "neutral"}, {Label: ""}, {Label: "entailment"}}, [][]string{{"neutral"}, {"neutral"}, {"neutral"}},
			[]metrics.Class{class("entailment", counts(0, 0, 1)), class("neutral", counts(1, 2, 1))}},
		// Words count, not runs of them.
		{"udpos", []Example{{Words: []string{"a", "b", "c"}, Tags: []string{"DET", "NOUN", "NOUN"}}}, [][]string{{"DET", "NOUN", "VERB"}},
			[]metrics.Class{class("DET", counts(1, 1, 1)), class("NOUN", counts(1, 1, 2)), class("VERB", counts(0, 1, 0))}},
		{"panx", []Example{{Words: []string{"a", "b"}, Tags: []string{"B-PER", "I-PER"}}, {Words: []string{"c"}, Tags: []string{"O"}}}, [][]string{{"B-PER", "I-PER"}, {"B-LOC"}},
			[]metrics.Class{class("LOC", counts(0, 1, 0)), class("PER", counts(1, 1, 1))}},
	} {
		rating, err := task(t, c.task).Rate(c.examples, c.predicted)
		if err != nil || !slices.Equal(rating.Classes, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.task, rating.Classes, err, c.want)
		}
	}
}

func TestScoresRefuseWhatDoesNotMatch(t *testing.T) {
	task := task(t, "udpos")
	x := []Example{{Words: []string{"a", "b"}, Tags: []string{"DET", "NOUN"}, File: "f.tsv", Line: 3}}
	if _, err := task.Rate(x, [][]string{{"DET"}}); err == nil || !strings.Contains(err.Error(), "f.tsv:3") {
		t.Errorf("one prediction for two words: %v", err)
	}
	if _, err := task.Rate(x, nil); err == nil {
		t.Error("no prediction for an example is accepted")
	}
	x[0].Tags = nil
	if _, err := task.Rate(x, [][]string{{"DET", "X"}}); err == nil || !strings.Contains(err.Error(), "none of the 1 examples has a label") {
		t.Errorf("data without labels: %v", err)
	}
}

func TestMajorityIsTheBestConstant(t *testing.T) {
	x := []Example{{Words: []string{"a", "b", "c"}, Tags: []string{"NOUN", "VERB", "VERB"}}, {Words: []string{"d"}, Tags: []string{"VERB"}}}
	got, err := task(t, "udpos").Majority(x)
	if err != nil || got[1].Value != 0.75 {
		t.Errorf("majority = %v, %v, want accuracy 0.75", got, err)
	}
}
