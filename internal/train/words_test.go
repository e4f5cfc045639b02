package train

import (
	"math"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/training"
)

// Logits are, up to what all labels share, the log-probabilities of whole texts, as the templates sum them.
func TestWordLogitsAreThoseOfTexts(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "xnli", "prefix")
	o.LabelsByWords = true
	l := newTiny(t, o)
	if l.Head != nil || len(l.headParameters()) != 0 {
		t.Error("there is a head")
	}
	examples := []datasets.Example{{Text: "the cat sleeps", Pair: "a dog", Label: "neutral"}, {Text: "a dog eats the cat .", Pair: "", Label: "entailment"}, {Text: "x", Pair: "the cat eats", Label: ""}}
	items, err := l.Items(examples)
	if err != nil {
		t.Fatal(err)
	}
	if items[0].Targets[0] != l.Task.LabelIndex("neutral") || items[2].Targets[0] != ignore || items[0].From < 3 {
		t.Errorf("items %+v", items)
	}
	classified, err := l.Classify(t.Context(), items, nil)
	if err != nil {
		t.Fatal(err)
	}
	words, err := zeroshot.Lookup("en")
	if err != nil {
		t.Fatal(err)
	}
	err = libtorch.NoGrad(l.Model.Device(), func(s *libtorch.Scope) error {
		for i, x := range examples {
			texts, _, err := zeroshot.Texts(l.Task, words, x)
			if err != nil {
				return err
			}
			var sums []float64
			for _, text := range texts {
				ids := l.Tokenizer.EncodeText(text.Scored, 0).IDs
				sum := 0.0
				for _, p := range l.Model.Score(s, [][]int{ids}, []int{1}, l.Past(s))[0] {
					sum += float64(p)
				}
				sums = append(sums, sum)
			}
			for k := range sums {
				got, want := classified[i].Logits[0][k]-classified[i].Logits[0][0], sums[k]-sums[0]
				if math.Abs(got-want) > 1e-3 {
					t.Errorf("example %d, label %d: %v over the first label, want %v", i, k, got, want)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Over the limit the beginning of the first text goes, and the answer stays; of a long second text the end goes.
func TestLongTextsKeepTheirAnswers(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "xnli", "prefix")
	o.LabelsByWords, o.MaxLength = true, 24
	l := newTiny(t, o)
	short, long := "a dog", strings.Repeat("the cat ", 40)
	for _, x := range []datasets.Example{{Text: long, Pair: short}, {Text: short, Pair: long}, {Text: long, Pair: long}} {
		rows, err := l.Rows(x, 0)
		if err != nil {
			t.Fatal(err)
		}
		item := rows[0]
		if !item.Over || item.From < 1 || commonLength(item.Answers) != item.From {
			t.Errorf("scored from %d, and alike up to %d", item.From, commonLength(item.Answers))
		}
		for _, ids := range item.Answers {
			if len(ids) > 24 || len(ids) <= item.From || ids[0] != item.Answers[0][0] {
				t.Errorf("%d ids, scored from %d", len(ids), item.From)
			}
		}
	}
}

// A prompt that was trained with a head is no start of one with labels by words.
func TestLabelsByWordsStartFromTheirOwn(t *testing.T) {
	o := tinyOptions(t, tinyCheckpoint(t), "xnli", "prefix")
	l := newTiny(t, o)
	run, dir := create(t, o, l)
	if err := run.keep(training.Evaluation{Step: 1, Epoch: 1, Best: true}, l); err != nil {
		t.Fatal(err)
	}
	if _, err := l.startFrom(dir, o, l.Task, o.Checkpoint); err != nil {
		t.Error(err)
	}
	o.LabelsByWords = true
	if _, err := newTiny(t, o).startFrom(dir, o, l.Task, o.Checkpoint); err == nil || !strings.Contains(err.Error(), "--labels-by-words is true, and was false") {
		t.Errorf("error %v", err)
	}
}

func TestLabelsByWordsRefuse(t *testing.T) {
	for want, change := range map[string]func(o *training.Options){
		"has no template: use it with xnli or pawsx": func(o *training.Options) { o.Task = "udpos" },
		"--method head trains nothing else":          func(o *training.Options) { o.Method = "head" },
		`no label words for language "yo"`:           func(o *training.Options) { o.Language = "yo" },
	} {
		o := training.Defaults()
		o.Checkpoint, o.Task, o.Method, o.Data, o.LabelsByWords = "c", "xnli", "prompt", "d", true
		change(&o)
		if _, err := Resolve(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
