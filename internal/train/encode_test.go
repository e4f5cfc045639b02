package train

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/usererror"
	"xpt/tokenize"
	"xpt/xglm"
)

func encoder(t *testing.T, name string, limit int) Encoder {
	t.Helper()
	tok, err := tokenize.Load("../../testdata/mini/checkpoint", tokenize.Auto)
	if err != nil {
		t.Fatal(err)
	}
	task, err := datasets.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return Encoder{Tokenizer: tok, Task: task, Pool: heads.Last, MaxLength: limit}
}

// Sentences over the limit are split between words, and every word keeps its
// tag and gets one prediction, in order.
func TestLongSentencesAreSplitAndJoined(t *testing.T) {
	e := encoder(t, "udpos", 6)
	x := datasets.Example{Words: []string{"the", "extraordinarily", "\u200b", "cat", "sleeps", "incomprehensibilities", "."},
		Tags: []string{"DET", "ADV", "X", "NOUN", "VERB", "NOUN", "PUNCT"}}
	items, err := e.Items([]datasets.Example{x, {Words: []string{"."}, Tags: []string{"PUNCT"}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(items) < 4 {
		t.Fatalf("%d rows: nothing was split", len(items))
	}
	if places := over(items, []datasets.Example{{File: "f.tsv", Line: 4}, {}}); !slices.Equal(places, []string{"f.tsv:4"}) {
		t.Errorf("sentences over the limit: %q", places)
	}
	var predicted [][]int
	words := 0
	for _, item := range items {
		if len(item.IDs) > 6 || item.IDs[0] != tokenize.EOS {
			t.Errorf("row %v is over the limit or does not start with </s>", item.IDs)
		}
		for i, at := range item.Read {
			if at < 0 || at >= len(item.IDs) {
				t.Errorf("position %d of %v is read", at, item.IDs)
			}
			if item.Example == 0 {
				want := e.Task.LabelIndex(x.Tags[words])
				if words == 2 {
					want = ignore // the zero-width word has no token to train on
				}
				if item.Targets[i] != want {
					t.Errorf("word %d: target %d, want %d", words, item.Targets[i], want)
				}
				words++
			}
		}
		predicted = append(predicted, slices.Repeat([]int{len(predicted)}, len(item.Read)))
	}
	labels := e.Labels(items, predicted, 2)
	if len(labels[0]) != len(x.Words) || len(labels[1]) != 1 {
		t.Errorf("%d and %d labels for %d words and 1", len(labels[0]), len(labels[1]), len(x.Words))
	}
	if labels[0][0] != e.Task.Labels[0] || labels[1][0] != e.Task.Labels[len(items)-1] {
		t.Errorf("labels are out of order: %v", labels)
	}
}

func TestPairsAreReadAtTheLastToken(t *testing.T) {
	e := encoder(t, "xnli", 12)
	items, err := e.Items([]datasets.Example{
		{Text: "the cat sleeps on the table", Pair: "the cat eats the bread of the bird", Label: "neutral"},
		{Text: "a dog", Pair: "", Label: "entailment"},
	})
	if err != nil {
		t.Fatal(err)
	}
	pair, single := items[0], items[1]
	if !pair.Over || single.Over {
		t.Errorf("over the limit: the long pair %v, the short text %v", pair.Over, single.Over)
	}
	if len(pair.IDs) != 12 || !slices.Equal(pair.Read, []int{11}) || pair.Targets[0] != e.Task.LabelIndex("neutral") {
		t.Errorf("pair = %+v", pair)
	}
	separators := 0
	for _, id := range pair.IDs {
		if id == tokenize.EOS {
			separators++
		}
	}
	if separators != 3 {
		t.Errorf("%d </s> in %v, want </s> A </s></s> B", separators, pair.IDs)
	}
	if last := len(single.IDs) - 1; single.IDs[last] == tokenize.EOS || single.Read[0] != last {
		t.Errorf("a text with an empty second one = %+v", single)
	}
}

func TestUnknownLabelNamesFileAndLine(t *testing.T) {
	_, err := encoder(t, "xnli", 12).Items([]datasets.Example{{Text: "a", Label: "maybe", File: "train-en.tsv", Line: 17}})
	if err == nil || !strings.Contains(err.Error(), "train-en.tsv:17:") || !strings.Contains(err.Error(), `"maybe"`) {
		t.Errorf("error = %v", err)
	}
}

// A sentence has an end, as a row has: in words where it is read, in tokens here.
func TestSentencesHaveAnEnd(t *testing.T) {
	long := datasets.Example{Words: slices.Repeat([]string{"incomprehensibilities"}, xglm.MaxTokens/2), File: "f.tsv", Line: 4}
	_, err := encoder(t, "udpos", 6).Items([]datasets.Example{long})
	if !errors.As(err, new(*usererror.Error)) || !strings.HasPrefix(err.Error(), "f.tsv:4: a sentence of ") || !strings.Contains(err.Error(), "it may have 16384") {
		t.Errorf("error %v", err)
	}
}

func TestTextsSideBySide(t *testing.T) {
	e := encoder(t, "lm", 5)
	items, err := e.Items([]datasets.Example{{Text: "the cat sleeps\tle chat dort"}})
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, item := range items {
		if len(item.IDs) > 5 || !slices.Equal(item.IDs[1:], item.Targets[:len(item.IDs)-1]) || len(item.Read) != len(item.IDs) {
			t.Errorf("row %+v does not predict its next tokens", item)
		}
		ids = append(ids, item.IDs...)
	}
	var want []int
	for _, segment := range []string{"the cat sleeps", "le chat dort"} {
		want = append(want, e.Tokenizer.EncodeText(segment, 0).IDs...)
	}
	if !slices.Equal(ids, want) || items[len(items)-1].Targets[len(items[len(items)-1].Targets)-1] != tokenize.EOS {
		t.Errorf("ids %v, want %v and a last target of </s>", ids, want)
	}
}
