package zeroshot

import (
	"math"
	"slices"
	"strings"
	"testing"

	"xpt/datasets"
	"xpt/tokenize"
	"xpt/xglm"
)

func TestTexts(t *testing.T) {
	en, err := Lookup("en")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		task string
		x    datasets.Example
		want []Text
		gold int
	}{
		{"xnli", datasets.Example{Text: "It rains.", Pair: "It is wet.", Label: "contradiction"}, []Text{
			{"", "It rains., right? Yes, It is wet."}, {"", "It rains., right? Also, It is wet."}, {"", "It rains., right? No, It is wet."}}, 2},
		{"pawsx", datasets.Example{Text: "A b", Pair: "B a", Label: "1"}, []Text{{"", "A b, right? No, B a"}, {"", "A b, right? Yes, B a"}}, 1},
		{"xcopa", datasets.Example{Text: "The man fell. ", Pair: "cause", Choices: []string{"Élan left him.", "It rained."}, Label: "0"}, []Text{
			{"The man fell because", " élan left him."}, {"The man fell because", " it rained."}}, 0},
		{"xcopa", datasets.Example{Text: "下雨了。", Pair: "effect", Choices: []string{"湿"}}, []Text{{"下雨了 therefore", " 湿"}}, -1},
	} {
		task, err := datasets.Lookup(c.task)
		if err != nil {
			t.Fatal(err)
		}
		got, gold, err := Texts(task, en, c.x)
		if err != nil || !slices.Equal(got, c.want) || gold != c.gold {
			t.Errorf("%s: %q, %d, %v, want %q, %d", c.task, got, gold, err, c.want, c.gold)
		}
	}
}

func TestTextsRefuse(t *testing.T) {
	udpos, _ := datasets.Lookup("udpos")
	if _, _, err := Texts(udpos, Words{}, datasets.Example{}); err == nil || !strings.Contains(err.Error(), "xcopa") {
		t.Errorf("error = %v", err)
	}
	xcopa, _ := datasets.Lookup("xcopa")
	if _, _, err := Texts(xcopa, Words{}, datasets.Example{Pair: "why", File: "f", Line: 3}); err == nil || !strings.Contains(err.Error(), "f:3") {
		t.Errorf("error = %v", err)
	}
}

// Every language has six words, none of them empty, the answers different.
func TestWords(t *testing.T) {
	for code, w := range words {
		all := []string{w.Right, w.Yes, w.Also, w.No, w.Because, w.So}
		if slices.Contains(all, "") || w.Yes == w.No || w.Yes == w.Also || w.No == w.Also || w.Because == w.So {
			t.Errorf("%s: %q", code, all)
		}
	}
	for _, code := range strings.Fields("ar bg de el en es fr hi ru sw th tr ur vi zh ja ko et ht id it qu ta zh-Hant") {
		if _, err := Lookup(code); err != nil {
			t.Error(err)
		}
	}
	if _, err := Lookup("yo"); err == nil || !strings.Contains(err.Error(), "--words") {
		t.Errorf("error = %v", err)
	}
	if w, err := ParseWords("bẹ́ẹ̀, Bẹ́ẹ̀ ni,Àti,Rárá,nítorí,nítorí náà"); err != nil || w.Yes != "Bẹ́ẹ̀ ni" || w.So != "nítorí náà" {
		t.Errorf("%+v, %v", w, err)
	}
	if _, err := ParseWords("a,b"); err == nil {
		t.Error("two words are taken for six")
	}
}

func TestCount(t *testing.T) {
	texts := []Text{{Scored: " ab"}, {Scored: "abcdefgh"}} // 2 and 8 characters
	var c Count
	c.Add(texts, []float64{-4, -8}, 0) // normed -2, -1
	c.Add(texts, []float64{-4, -8}, 1)
	c.Add(texts, []float64{-3, -3}, 0) // equal: the first; normed the second
	c.Add(texts, []float64{-9, -3}, 0)
	if c.Acc != 0.5 || c.AccNorm != 0.25 || c.Examples != 4 {
		t.Errorf("%+v", c)
	}
	if want := math.Sqrt(0.25 / 3); math.Abs(c.StdErr-want) > 1e-12 {
		t.Errorf("standard error %v, want %v", c.StdErr, want)
	}
}

// A text that no row has room for is named before anything is computed.
func TestAnswerRefusesLongTexts(t *testing.T) {
	tokenizer, err := tokenize.Load("../../testdata/mini/checkpoint", tokenize.Auto)
	if err != nil {
		t.Fatal(err)
	}
	xnli, _ := datasets.Lookup("xnli")
	x := datasets.Example{Text: strings.Repeat("Q ", xglm.MaxTokens), Pair: "b", Label: "neutral", File: "f", Line: 3}
	_, _, err = Answer(t.Context(), nil, nil, nil, tokenizer, xnli, words["en"], []datasets.Example{x}, "", nil)
	if err == nil || !strings.HasPrefix(err.Error(), "f:3: ") || !strings.Contains(err.Error(), "a row has at most 16384") {
		t.Errorf("error %v", err)
	}
}
