package transfer

import (
	"math"
	"slices"
	"strings"
	"testing"

	"xpt/datasets"
)

func lookup(t *testing.T, name string) datasets.Task {
	t.Helper()
	task, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return task
}

func TestScoresByTask(t *testing.T) {
	pairs := []datasets.Example{{Label: "neutral"}, {Label: ""}, {Label: "entailment"}, {Label: "neutral"}}
	tagged := []datasets.Example{{Words: []string{"a", "b", "c"}, Tags: []string{"DET", "NOUN", "NOUN"}}}
	entities := []datasets.Example{{Words: []string{"a", "b"}, Tags: []string{"B-PER", "I-PER"}}, {Words: []string{"c"}, Tags: []string{"O"}}}
	for _, c := range []struct {
		task      string
		examples  []datasets.Example
		predicted [][]string
		want      []Score
	}{
		{"xnli", pairs, [][]string{{"neutral"}, {"neutral"}, {"neutral"}, {"contradiction"}}, []Score{{"accuracy", 1. / 3}, {"macro-F1", 1. / 6}}},
		// One run of NOUN is one entity: DET is right, NOUN is not.
		{"udpos", tagged, [][]string{{"DET", "NOUN", "VERB"}}, []Score{{"F1", 0.4}, {"accuracy", 2. / 3}}},
		{"panx", entities, [][]string{{"B-PER", "I-PER"}, {"B-LOC"}}, []Score{{"F1", 2. / 3}}},
	} {
		got, err := Scores(lookup(t, c.task), c.examples, c.predicted)
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
	task := lookup(t, "tagging").WithLabels([]string{"B-art-film", "B-product-film", "I-art-film", "O"})
	examples := []datasets.Example{
		{Words: []string{"a", "b", "c"}, Tags: []string{"B-art-film", "I-art-film", "O"}},
		{Words: []string{"d", "e"}, Tags: []string{"B-product-film", "O"}},
	}
	predicted := [][]string{{"B-art-film", "I-art-film", "O"}, {"B-art-film", "O"}}
	scores, err := Scores(task, examples, predicted)
	if err != nil || len(scores) != 1 || scores[0] != (Score{"F1", 0.5}) {
		t.Errorf("scores %v, %v, want F1 0.5", scores, err)
	}
	classes, err := ByClass(task, examples, predicted)
	if want := []Class{{"art-film", Counts{1, 2, 1}}, {"product-film", Counts{0, 0, 1}}}; err != nil || !slices.Equal(classes, want) {
		t.Errorf("classes %v, %v, want %v", classes, err, want)
	}
	counts, err := ByExample(task, examples, predicted)
	if want := []Counts{{1, 1, 1}, {0, 1, 1}}; err != nil || !slices.Equal(counts, want) {
		t.Errorf("by example %v, %v, want %v", counts, err, want)
	}
}

// In IOB1 data all tags may be I-: they mark entities all the same.
func TestTagsWithoutB(t *testing.T) {
	task := lookup(t, "tagging").WithLabels([]string{"I-LOC", "O"})
	scores, err := Scores(task, []datasets.Example{{Words: []string{"a", "b"}, Tags: []string{"I-LOC", "O"}}}, [][]string{{"I-LOC", "O"}})
	if err != nil || len(scores) != 1 || scores[0] != (Score{"F1", 1}) {
		t.Errorf("scores %v, %v, want F1 alone", scores, err)
	}
}

func TestByClass(t *testing.T) {
	for _, c := range []struct {
		task      string
		examples  []datasets.Example
		predicted [][]string
		want      []Class
	}{
		{"xnli", []datasets.Example{{Label: "neutral"}, {Label: ""}, {Label: "entailment"}}, [][]string{{"neutral"}, {"neutral"}, {"neutral"}},
			[]Class{{"entailment", Counts{0, 0, 1}}, {"neutral", Counts{1, 2, 1}}}},
		// Words count, not runs of them.
		{"udpos", []datasets.Example{{Words: []string{"a", "b", "c"}, Tags: []string{"DET", "NOUN", "NOUN"}}}, [][]string{{"DET", "NOUN", "VERB"}},
			[]Class{{"DET", Counts{1, 1, 1}}, {"NOUN", Counts{1, 1, 2}}, {"VERB", Counts{0, 1, 0}}}},
		{"panx", []datasets.Example{{Words: []string{"a", "b"}, Tags: []string{"B-PER", "I-PER"}}, {Words: []string{"c"}, Tags: []string{"O"}}}, [][]string{{"B-PER", "I-PER"}, {"B-LOC"}},
			[]Class{{"LOC", Counts{0, 1, 0}}, {"PER", Counts{1, 1, 1}}}},
	} {
		got, err := ByClass(lookup(t, c.task), c.examples, c.predicted)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v, want %v", c.task, got, err, c.want)
		}
	}
}

func TestScoresRefuseWhatDoesNotMatch(t *testing.T) {
	task := lookup(t, "udpos")
	x := []datasets.Example{{Words: []string{"a", "b"}, Tags: []string{"DET", "NOUN"}, File: "f.tsv", Line: 3}}
	if _, err := Scores(task, x, [][]string{{"DET"}}); err == nil || !strings.Contains(err.Error(), "f.tsv:3") {
		t.Errorf("one prediction for two words: %v", err)
	}
	if _, err := Scores(task, x, nil); err == nil {
		t.Error("no prediction for an example is accepted")
	}
	x[0].Tags = nil
	if _, err := Scores(task, x, [][]string{{"DET", "X"}}); err == nil || !strings.Contains(err.Error(), "none of the 1 examples has a label") {
		t.Errorf("data without labels: %v", err)
	}
}

func TestMajorityIsTheBestConstant(t *testing.T) {
	x := []datasets.Example{{Words: []string{"a", "b", "c"}, Tags: []string{"NOUN", "VERB", "VERB"}}, {Words: []string{"d"}, Tags: []string{"VERB"}}}
	got, err := Majority(lookup(t, "udpos"), x)
	if err != nil || got[1].Value != 0.75 {
		t.Errorf("majority = %v, %v, want accuracy 0.75", got, err)
	}
}
