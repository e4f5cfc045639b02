package study

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/tokenize"
)

// Points in a plane keep their distances, and lie first along the line that
// they are spread on.
func TestProject(t *testing.T) {
	places, err := project(mat.NewDense(4, 3, []float64{1, 1, 5, 3, 3, 5, 5, 5, 5, 3.5, 2.5, 5}))
	if err != nil {
		t.Fatal(err)
	}
	want := [][2]float64{{2 * math.Sqrt2, math.Sqrt2 / 8}, {0, math.Sqrt2 / 8}, {-2 * math.Sqrt2, math.Sqrt2 / 8}, {0, -3 * math.Sqrt2 / 8}}
	for i, w := range want {
		for k := range w {
			if math.Abs(places[i][k]-w[k]) > 0.02 {
				t.Errorf("point %d lies at %v, want %v", i, places[i], w)
			}
		}
	}
	if one, err := project(mat.NewDense(1, 3, []float64{1, 2, 3})); err != nil || one[0] != [2]float64{} {
		t.Errorf("a single point lies at %v, %v", one, err)
	}
}

// Sentences count where every language has them, in the first language's order.
func TestParallelSentences(t *testing.T) {
	tokenizer, err := tokenize.Load("../../testdata/mini/checkpoint", tokenize.Auto)
	if err != nil {
		t.Fatal(err)
	}
	part := func(language string, examples []datasets.Example) *train.Part {
		return &train.Part{Split: "test", Language: language, Examples: examples}
	}
	en := part("en", []datasets.Example{{ID: "1", Text: "The house."}, {ID: "2", Text: "A dog."}, {ID: "3", Text: "A cat."}, {ID: "4", Text: "A man."}})
	de := part("de", []datasets.Example{{ID: "4", Text: "Ein Mann."}, {ID: "3", Text: "Eine Katze."}, {ID: "2", Text: "NS"}, {ID: "1", Text: "Das Haus."}})
	p, err := newParallelTexts(tokenizer, []*train.Part{en, de}, 2, 512)
	if err != nil || p.sentences != 2 || len(p.rows) != 4 {
		t.Fatalf("sentences %+v, %v", p, err)
	}
	for i, text := range []string{"The house.", "A cat.", "Das Haus.", "Eine Katze."} {
		if want := tokenizer.EncodeText(text, 0).IDs; !slices.Equal(p.rows[i], want) {
			t.Errorf("row %d is %v, want %v of %q", i, p.rows[i], want, text)
		}
	}
	if _, err := newParallelTexts(tokenizer, []*train.Part{part("en", en.Examples[1:2]), de}, 2, 512); err == nil {
		t.Error("no sentence in common is no error")
	}
}
