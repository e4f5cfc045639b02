package metrics

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

// The references of testdata/metrics were computed by scikit-learn, seqeval 1.2.2 ("new") and
// seqeval 0.0.12 ("old").
type classScore struct {
	Name                  string
	Precision, Recall, F1 float64
	Gold                  int
}

type sequenceReference struct {
	F1, Precision, Recall float64
	Entities              struct{ Gold, Predicted [][3]any }
	Types                 []classScore
	MacroF1               float64 `json:"macro_f1"`
}

type references struct {
	Classification []struct {
		Name            string
		Gold, Predicted []string
		Accuracy        float64
		MacroF1         float64 `json:"macro_f1"`
		Classes         []classScore
	}
	Tagging []struct {
		Name            string
		Gold, Predicted [][]string
		Accuracy        float64
		New, Old        sequenceReference
	}
}

func readReferences(t *testing.T) references {
	t.Helper()
	b, err := os.ReadFile("../testdata/metrics/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var refs references
	if err := json.Unmarshal(b, &refs); err != nil {
		t.Fatal(err)
	}
	return refs
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.IsNaN(got) || math.Abs(got-want) > 1e-12 {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func checkClasses(t *testing.T, got []Class, want []classScore) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d classes, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Name != w.Name || got[i].Gold != w.Gold {
			t.Errorf("class %d is %q with %d gold, want %q with %d", i, got[i].Name, got[i].Gold, w.Name, w.Gold)
		}
		near(t, w.Name+" precision", got[i].Precision(), w.Precision)
		near(t, w.Name+" recall", got[i].Recall(), w.Recall)
		near(t, w.Name+" F1", got[i].F1(), w.F1)
	}
}

// rows puts each label in a row of its own.
func rows(labels []string) (rows [][]string) {
	for _, label := range labels {
		rows = append(rows, []string{label})
	}
	return rows
}

func TestClassificationEqualsScikitLearn(t *testing.T) {
	for _, ref := range readReferences(t).Classification {
		t.Run(ref.Name, func(t *testing.T) {
			got, err := CompareLabels(rows(ref.Gold), rows(ref.Predicted))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "accuracy", got.Total.F1(), ref.Accuracy)
			checkClasses(t, got.ByClass, ref.Classes)
			near(t, "macro F1", MacroF1(got.ByClass), ref.MacroF1)
		})
	}
}

func checkEntities(t *testing.T, got []Entity, want [][3]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d entities, want %d", len(got), len(want))
	}
	for i, w := range want {
		if e := (Entity{w[0].(string), int(w[1].(float64)), int(w[2].(float64))}); got[i] != e {
			t.Errorf("entity %d: %v, want %v", i, got[i], e)
		}
	}
}

func TestSeqeval(t *testing.T) {
	for _, ref := range readReferences(t).Tagging {
		for _, c := range []struct {
			name string
			rule TypeRule
			want sequenceReference
		}{{"new", DropFirst, ref.New}, {"old", LastHyphen, ref.Old}} {
			t.Run(ref.Name+"/"+c.name, func(t *testing.T) {
				checkEntities(t, Entities(ref.Gold, c.rule), c.want.Entities.Gold)
				checkEntities(t, Entities(ref.Predicted, c.rule), c.want.Entities.Predicted)
				got, err := CompareEntities(ref.Gold, ref.Predicted, c.rule)
				if err != nil {
					t.Fatal(err)
				}
				near(t, "F1", got.Total.F1(), c.want.F1)
				near(t, "precision", got.Total.Precision(), c.want.Precision)
				near(t, "recall", got.Total.Recall(), c.want.Recall)
				if c.want.Types != nil {
					checkClasses(t, got.ByClass, c.want.Types)
					near(t, "macro F1", MacroF1(got.ByClass), c.want.MacroF1)
				}
				var sum Counts
				for _, s := range got.ByExample {
					sum = sum.Plus(s)
				}
				if sum != got.Total {
					t.Errorf("sentences sum to %+v, want %+v", sum, got.Total)
				}
			})
		}
		tokens, err := CompareLabels(ref.Gold, ref.Predicted)
		if err != nil {
			t.Fatal(err)
		}
		near(t, ref.Name+": token accuracy", tokens.Total.F1(), ref.Accuracy)
	}
}

func TestMetricsRefuseWhatDoesNotFit(t *testing.T) {
	if _, err := CompareLabels(nil, nil); err == nil {
		t.Error("accuracy of nothing: no error")
	}
	if _, err := CompareLabels([][]string{{"a"}, {"b"}}, [][]string{{"a"}}); err == nil || !strings.Contains(err.Error(), "1 predictions for 2 examples") {
		t.Errorf("missing prediction: %v", err)
	}
	_, err := CompareEntities([][]string{{"O"}, {"O", "O"}}, [][]string{{"O"}, {"O"}}, DropFirst)
	if err == nil || !strings.Contains(err.Error(), "sentence 2: 1 predicted tags for 2 words") {
		t.Errorf("missing tag: %v", err)
	}
}

func TestCountsByExample(t *testing.T) {
	got, err := CompareLabels([][]string{{"a"}, {"b"}}, [][]string{{"a"}, {"a"}})
	if err != nil || got.ByExample[0] != (Counts{1, 1, 1}) || got.ByExample[1] != (Counts{0, 1, 1}) {
		t.Errorf("%v, %v", got, err)
	}
}
