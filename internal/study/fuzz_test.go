package study

import (
	"encoding/json"
	"testing"

	"xpt/internal/jsonfile"
	"xpt/internal/transfer"
)

// FuzzOutcome holds that an outcome that is believed has what the report takes.
func FuzzOutcome(f *testing.F) {
	scores := []transfer.Score{{Metric: "accuracy", Value: 0.5}}
	text, err := json.Marshal(Outcome{Cell: Cell{Task: "xnli", Method: "head", Seed: 1}, Status: Done, Languages: []Language{
		{Language: transfer.Language{Language: "en", Examples: 2, Scores: scores, Majority: scores}, Counts: Counts{{Correct: 1, Predicted: 1, Gold: 1}, {Predicted: 1, Gold: 1}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"task":"xnli","method":"head","seed":1,"status":"failed"}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var o Outcome
		if jsonfile.Unmarshal(data, &o) != nil || o.check("xnli-head-1.json") != nil || o.Status != Done {
			return
		}
		for _, l := range o.Languages {
			if l.Scores[0].Metric != o.Languages[0].Scores[0].Metric || len(l.Counts) != l.Examples {
				t.Fatalf("%s is believed", data)
			}
		}
	})
}
