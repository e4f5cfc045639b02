package zeroshot

import (
	"math"
	"reflect"
	"testing"

	"xpt/datasets"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

func TestContentFreeTexts(t *testing.T) {
	en := words["en"]
	pair := datasets.Example{Text: "A b", Pair: "B a", Label: "1"}
	choice := datasets.Example{Text: "The man fell.", Pair: "cause", Choices: []string{"It left.", "It rained."}, Label: "0"}
	for _, c := range []struct {
		task, by string
		x        datasets.Example
		want     [][]Text
	}{
		{"pawsx", PMI, pair, [][]Text{{{"", ", right? No, "}, {"", ", right? Yes, "}}}},
		{"pawsx", Contextual, pair, [][]Text{{{"", "N/A, right? No, N/A"}, {"", "N/A, right? Yes, N/A"}}, {{"", "[MASK], right? No, [MASK]"}, {"", "[MASK], right? Yes, [MASK]"}},
			{{"", ", right? No, "}, {"", ", right? Yes, "}}}},
		{"xcopa", PMI, choice, [][]Text{{{"because", " it left."}, {"because", " it rained."}}}},
		{"xcopa", Contextual, choice, [][]Text{{{"N/A because", " it left."}, {"N/A because", " it rained."}}, {{"[MASK] because", " it left."}, {"[MASK] because", " it rained."}},
			{{"because", " it left."}, {"because", " it rained."}}}},
	} {
		task, err := datasets.Lookup(c.task)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := contentFree(c.by, task, en, c.x); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s, %s: %q, %v, want %q", c.task, c.by, got, err, c.want)
		}
	}
}

// By hand: of probabilities 3/4 and 1/4 without an example, and 1/4 and 3/4 with another input, the mean is even.
func TestCalibrated(t *testing.T) {
	log := math.Log
	near := func(what string, got, want []float64) {
		t.Helper()
		for k := range want {
			if math.Abs(got[k]-want[k]) > 1e-12 {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
	}
	sums := []float64{-10, -11}
	near("pmi", calibrated(PMI, sums, [][]float64{{-3, -5}}), []float64{-7, -6})
	near("contextual", calibrated(Contextual, sums, [][]float64{{log(0.75) - 900, log(0.25) - 900}}), []float64{-10 - log(0.75), -11 - log(0.25)})
	near("two inputs", calibrated(Contextual, sums, [][]float64{{log(0.75), log(0.25)}, {log(0.25) - 7, log(0.75) - 7}}), []float64{-10 - log(0.5), -11 - log(0.5)})
	if err := CheckCalibration("platt"); err == nil || CheckCalibration("") != nil || CheckCalibration(PMI) != nil {
		t.Errorf("error %v", err)
	}
}

// The calibrated accuracy is that of scores whose terms are computed one by one.
func TestAnswerCalibrates(t *testing.T) {
	const checkpoint = "../../testdata/mini/checkpoint"
	tokenizer, err := tokenize.Load(checkpoint, tokenize.Auto)
	if err != nil {
		t.Fatal(err)
	}
	m, err := xglm.Load(checkpoint, xglm.Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	task, _ := datasets.Lookup("xnli")
	err = libtorch.NoGrad(m.Device(), func(s *libtorch.Scope) error {
		logProb := func(x datasets.Example, k int) float64 {
			texts, _, err := Texts(task, words["en"], x)
			if err != nil {
				t.Fatal(err)
			}
			var r rows
			if err := r.add(tokenizer, texts[k], x); err != nil {
				t.Fatal(err)
			}
			sums, err := r.sums(t.Context(), s, m, nil)
			if err != nil {
				t.Fatal(err)
			}
			return sums[0]
		}
		var examples []datasets.Example
		others := 0
		for _, text := range []string{"Yes", "No", "Also", "right? No, right? No", "Yes, yes, yes", "7", "also also also", "1.2, 3"} {
			x := datasets.Example{Text: text, Pair: text + " No", Label: task.Labels[0]}
			var plain, pmi []float64
			for k := range task.Labels {
				plain = append(plain, logProb(x, k))
				pmi = append(pmi, plain[k]-logProb(datasets.Example{Label: "neutral"}, k))
			}
			if best(plain) != best(pmi) {
				others++
			}
			x.Label = task.Labels[best(pmi)]
			examples = append(examples, x)
		}
		_, n, err := Answer(t.Context(), s, m, nil, tokenizer, task, words["en"], examples, PMI, nil)
		if err != nil {
			return err
		}
		if others == 0 || n.Calibrated.Acc != 1 || n.Acc != 1-float64(others)/8 {
			t.Errorf("%d of 8 labels change: accuracies %v and %+v", others, n.Acc, n.Calibrated)
		}
		_, plain, err := Answer(t.Context(), s, m, nil, tokenizer, task, words["en"], examples, "", nil)
		if err == nil && (plain.Calibrated != nil || plain.Acc != n.Acc || plain.AccNorm != n.AccNorm) {
			t.Errorf("%+v without, %+v with", plain, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
