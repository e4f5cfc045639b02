package report

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"xpt/internal/pretraining"
	"xpt/internal/stats"
	"xpt/internal/study"
	"xpt/training"
)

var (
	ofPrefix = training.Counts{Backbone: 9000, Adapted: 900, Head: 100}
	ofFull   = training.Counts{Backbone: 9000, Adapted: 9000, Head: 100}
)

// small is a study whose numbers are computed by hand below: one task, two
// methods, two seeds, five languages, of 100 examples each.
//
//	        prefix        full          difference
//	en      90, 94 -> 92  95, 95 -> 95   -3
//	de      80, 84 -> 82  70, 74 -> 72  +10
//	fr      60, 60 -> 60  60, 60 -> 60    0
//	sw      50, 54 -> 52  30, 34 -> 32  +20
//	yo      40, 40 -> 40  38, 40 -> 39   +1
func small(t *testing.T) *folder {
	s := study.Study{Title: "Small", Checkpoint: "mini", Tasks: []string{"xnli"}, Methods: []string{"full", "prefix"}, Seeds: []uint64{1, 2}}
	right := map[string]map[uint64][]int{
		"prefix": {1: {90, 80, 60, 50, 40}, 2: {94, 84, 60, 54, 40}},
		"full":   {1: {95, 70, 60, 30, 38}, 2: {95, 74, 60, 34, 40}},
	}
	var outcomes []study.Outcome
	for _, method := range s.Methods {
		for _, seed := range s.Seeds {
			c := study.Cell{Task: "xnli", Method: method, Seed: seed}
			s.Cells = append(s.Cells, c)
			var all []study.LanguageResult
			for i, language := range []string{"en", "de", "fr", "sw", "yo"} {
				all = append(all, accuracy(language, right[method][seed][i], 100))
			}
			counts := ofPrefix
			if method == "full" {
				counts = ofFull
			}
			outcomes = append(outcomes, done(c, counts, all...))
		}
	}
	f := newFolder(t, s)
	for _, o := range outcomes {
		f.outcome(o)
	}
	p := study.Properties{Task: "xnli"}
	for i, l := range []study.LanguageProperty{{Language: "en", BillionTokens: 800, Tier: "high"}, {Language: "de", BillionTokens: 100, Tier: "high"}, {Language: "fr", BillionTokens: 10, Tier: "high"},
		{Language: "sw", BillionTokens: 1, Tier: "low"}, {Language: "yo", Tier: pretraining.Unseen}} {
		l.ParallelRatio, l.Pairs = 1+float64(i)/10, 100
		p.Languages = append(p.Languages, l)
	}
	f.write("analyses/xnli.json", p)
	return f
}

func near(t *testing.T, what string, got []float64, want ...float64) {
	t.Helper()
	if len(got) < len(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
		return
	}
	for i, w := range want {
		if math.Abs(got[i]-w) > 1e-9 {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

func TestScoresByHand(t *testing.T) {
	r := make1(t, small(t).dir)
	scores := r.table(t, "xnli-scores")
	de := scores.cell(t, "de", "prefix")
	near(t, "de", de.Values, 82, math.Sqrt(8), 2)
	if de.Text != "82.0 ± 2.8" || !slices.Equal(de.Runs, []string{"xnli-prefix-1", "xnli-prefix-2"}) || len(de.Values) != 5 {
		t.Errorf("%+v", de)
	}
	if de.Values[3] >= 82 || de.Values[4] <= 82 || de.Values[3] < 70 || de.Values[4] > 93 {
		t.Errorf("interval %v around 82 of 200 answers", de.Values[3:])
	}
	near(t, "mean", scores.cell(t, "mean", "prefix").Values, (92.+82+60+52+40)/5)
	near(t, "mean of the others", scores.cell(t, "mean without en", "full").Values, (72.+60+32+39)/4)
	near(t, "gap", scores.cell(t, "cross-lingual gap", "full").Values, 95-(72.+60+32+39)/4)
	near(t, "majority", scores.cell(t, "de", "majority").Values, 25)
	near(t, "trained", scores.cell(t, "trained", "prefix").Values, 100*1000./10000)
	near(t, "trained without the head", scores.cell(t, "trained, without head", "prefix").Values, 100*900./9900)
	near(t, "trained, full", scores.cell(t, "trained", "full").Values, 100)
}

func TestComparisonByHand(t *testing.T) {
	r := make1(t, small(t).dir)
	table := r.table(t, "xnli-prefix-against-full")
	near(t, "de", table.cell(t, "de", "difference").Values, 10)
	// sw: of both seeds 20 more are right; every one of the 20 pairs of results differs, so p is
	// below 0.01 after Holm.
	for language, want := range map[string]string{"sw": better, "fr": same, "yo": same} {
		if got := table.cell(t, language, "verdict").Text; got != want {
			t.Errorf("%s: %s, want %s", language, got, want)
		}
	}
	// fr is the same in every example: no exchange changes anything.
	near(t, "p of fr", table.cell(t, "fr", "p").Values, 1)
	parity := r.table(t, "parity").Rows[0]
	near(t, "mean difference", parity[9].Values, (10.+0+20+1)/4)
	if n := parity[5].Values[0] + parity[6].Values[0] + parity[7].Values[0]; n != 5 {
		t.Errorf("verdicts in %v languages, want 5", n)
	}
	if s := strings.Join(r.Answers[0].Sentences, " "); !strings.Contains(s, "of 5 languages") || !strings.Contains(s, "+7.8 points over 4 languages not trained on") || !strings.Contains(s, "trains 10 % of the parameters") {
		t.Error(s)
	}
}

func TestResourcesByHand(t *testing.T) {
	r := make1(t, small(t).dir)
	// Seen and not trained on are de, fr and sw: of three there are points and no p.
	row := r.table(t, "resources").Rows[0]
	if row[3].Text != "3" || !strings.Contains(row[4].Text, "too few") || row[4].Aside != "de (11.00, +10.0), fr (10.00, 0.0), sw (9.00, +20.0)" || row[5].Values != nil {
		t.Errorf("%+v", row)
	}
	tiers := r.table(t, "tiers")
	for i, want := range map[int][]float64{2: {5, math.Sqrt(50), 2}, 4: {20, 0, 1}, 5: {10, 10, 3}, 6: {1, 0, 1}} {
		near(t, tiers.Columns[i].Name, tiers.Rows[0][i].Values, want...)
	}
	for _, a := range r.Answers[1:] {
		if !strings.Contains(a.Sentences[0], "too little data") || !strings.Contains(a.Sentences[1], "is too few; (property, gain) of") ||
			!strings.Contains(a.Sentences[1], "sw (") || strings.Contains(a.Sentences[1], "p = ") {
			t.Error(a.Sentences)
		}
	}
}

// graded is a study of nine seen languages, whose gains of prefix go with their pre-training data, those of prompt not.
func graded(t *testing.T) *folder {
	tokens := map[string]float64{"de": 256, "el": 128, "es": 64, "fr": 32, "hi": 16, "ru": 8, "sw": 4, "ta": 2, "tr": 1}
	s := study.Study{Tasks: []string{"xnli", "pawsx"}, Methods: []string{"full", "prefix", "prompt"}, Seeds: []uint64{1}}
	scores := map[string][]study.LanguageResult{}
	properties := study.Properties{Task: "xnli"}
	for i, language := range slices.Sorted(maps.Keys(tokens)) { // from many tokens to few
		scores["full"] = append(scores["full"], accuracy(language, 50, 100))
		scores["prefix"] = append(scores["prefix"], accuracy(language, 51+[]int{0, 1, 2, 3, 5, 4, 7, 6, 8}[i], 100))
		scores["prompt"] = append(scores["prompt"], accuracy(language, 51+[]int{4, 1, 6, 0, 7, 2, 3, 8, 5}[i], 100))
		properties.Languages = append(properties.Languages, study.LanguageProperty{Language: language, BillionTokens: tokens[language], Tier: pretraining.Low})
	}
	for _, task := range s.Tasks {
		for _, method := range s.Methods {
			s.Cells = append(s.Cells, study.Cell{Task: task, Method: method, Seed: 1})
		}
	}
	f := newFolder(t, s)
	for _, c := range s.Cells[:3] {
		f.outcome(done(c, ofFull, scores[c.Method]...))
	}
	f.write("analyses/xnli.json", properties)
	return f
}

// What is significant in some comparisons only is no plain yes, and p-values are adjusted over the comparisons. What is not there
// yet is no comparison.
func TestAnswersInPart(t *testing.T) {
	r := make1(t, graded(t).dir)
	for i, want := range [][]string{
		{"better than full fine-tuning in both comparisons", "Not compared: 2 more"},
		{"In part: ", "grows in 1, does neither in 1 of 2 comparisons", "adjusted for all 2 correlations by Holm"},
	} {
		for _, want := range want {
			if lead := r.Answers[i].Sentences[0] + " " + r.Answers[i].Caution; !strings.Contains(lead, want) {
				t.Errorf("%q lacks %q", lead, want)
			}
		}
	}
	// Of scipy.stats.spearmanr; Holm takes the smaller p twice.
	rows := r.table(t, "resources").Rows
	for i, want := range []struct{ rho, p, adjusted float64 }{{-0.9666666666666667, 2.1550312748e-05, 4.3100625497e-05}, {-0.35, 0.3558195725, 0.3558195725}} {
		near(t, "rho", rows[i][4].Values, want.rho)
		near(t, "p", rows[i][5].Values, want.p)
		near(t, "adjusted p", rows[i][6].Values, want.adjusted)
	}
	if s := r.Answers[1].Sentences[1]; !strings.Contains(s, "p < 0.001, adjusted < 0.001") {
		t.Error(s)
	}
}

// LoRA is compared with fine-tuning as prompts are, a head is not.
func TestLoRAIsCompared(t *testing.T) {
	s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full", "lora", "head"}, Seeds: []uint64{1}}
	for _, method := range s.Methods {
		s.Cells = append(s.Cells, study.Cell{Task: "xnli", Method: method, Seed: 1})
	}
	f := newFolder(t, s)
	for i, c := range s.Cells {
		f.outcome(done(c, ofFull, accuracy("en", 60, 100), accuracy("de", 50+i, 100)))
	}
	r := make1(t, f.dir)
	if rows := r.table(t, "parity").Rows; len(rows) != 1 || rows[0][1].Text != "lora" {
		t.Errorf("compared %v", rows)
	}
	if a := r.Answers[0]; a.Question != "Is parameter-efficient tuning on par with full fine-tuning?" || !strings.HasSuffix(a.Sentences[0], "in the one comparison.") {
		t.Error(a)
	}
}

// A relation that is significant by itself may not be among all that are looked at.
func TestAnswersUseAdjustedP(t *testing.T) {
	var few trends
	s := few.add(&stats.Relation{Correlation: stats.Correlation{N: 9, Rho: -0.7, P: 0.03}, AdjustedP: 0.06})
	if !strings.Contains(s, "no significant relation") || few.flat != 1 {
		t.Error(s)
	}
}

// A checkpoint that no table is for has unknown tiers, and the answer says how to give one.
func TestUnknownPretraining(t *testing.T) {
	f := graded(t)
	f.study.Pretraining = study.UnknownPretraining
	f.write("study.json", f.study)
	f.write("analyses/xnli.json", study.Properties{Task: "xnli", Languages: []study.LanguageProperty{{Language: "de", ParallelRatio: 1}}})
	r := make1(t, f.dir)
	if s := r.Answers[1].Sentences; len(s) != 1 || !strings.Contains(s[0], "is unknown") || !strings.Contains(s[0], "pretraining: FILE.tsv") {
		t.Error(s)
	}
	if got := r.table(t, "xnli-languages").cell(t, "de", "tier").Text; got != "unknown" {
		t.Errorf("tier %q", got)
	}
}

// Intervals of means are not narrower than examples, seeds and languages allow, and say what they cover.
func TestIntervalsCover(t *testing.T) {
	r := make1(t, small(t).dir)
	scores := r.table(t, "xnli-scores")
	for row, covers := range map[string]string{
		"de": "examples and seeds", "mean": "examples, seeds and languages", "mean without en": "examples, seeds and languages",
		"cross-lingual gap": "examples, seeds and languages",
	} {
		if got := scores.cell(t, row, "prefix"); got.Covers != covers || len(got.Values) != 5 || got.Values[3] >= got.Values[4] {
			t.Errorf("%s: %+v, want an interval over %s", row, got, covers)
		}
		if want := "interval over " + covers + " (1000 rounds"; !strings.Contains(scores.Note, want) {
			t.Errorf("%q lacks %q", scores.Note, want)
		}
	}
	if got := r.table(t, "parity").Rows[0][9]; got.Covers != "examples, seeds and languages" {
		t.Errorf("%+v", got)
	}
	if s := r.Answers[0].Sentences[1]; !strings.Contains(s, "(examples, seeds and languages)") {
		t.Error(s)
	}

	// Two languages of equal scores, one seed: the interval is that of 200 answers, or of 100 where they are translations.
	for task, want := range map[string]float64{"panx": 2 * 1.96 * 50 / math.Sqrt(200), "xnli": 2 * 1.96 * 50 / math.Sqrt(100)} {
		c := study.Cell{Task: task, Method: "prefix", Seed: 1}
		f := newFolder(t, study.Study{Tasks: []string{task}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{c}})
		f.outcome(done(c, ofPrefix, accuracy("en", 90, 100), accuracy("de", 50, 100), accuracy("fr", 50, 100)))
		table := make1(t, f.dir).table(t, task+"-scores")
		got := table.cell(t, "mean without en", "prefix")
		if got.Covers != "examples and languages: one seed" || !strings.Contains(table.Note, "examples only: one seed") {
			t.Errorf("%+v, %q", got, table.Note)
		}
		if width := got.Values[4] - got.Values[3]; math.Abs(width/want-1) > 0.15 {
			t.Errorf("%s: interval %v, want a width of about %.1f", task, got.Values[3:], want)
		}
	}
}

// Being level where nothing was learned is no success, and is said.
func TestNothingLearned(t *testing.T) {
	for name, right := range map[string]int{"at the majority": 25, "above it": 30} {
		s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full", "prefix"}, Seeds: []uint64{1},
			Cells: []study.Cell{{Task: "xnli", Method: "full", Seed: 1}, {Task: "xnli", Method: "prefix", Seed: 1}}}
		f := newFolder(t, s)
		f.outcome(done(s.Cells[0], ofFull, accuracy("en", 90, 100), accuracy("de", 20, 100), accuracy("fr", 22, 100)))
		f.outcome(done(s.Cells[1], ofPrefix, accuracy("en", 90, 100), accuracy("de", right, 100), accuracy("fr", right, 100)))
		answer := make1(t, f.dir).Answers[0]
		said := strings.Contains(answer.Caution, "In the one comparison neither method is above the best constant answer") &&
			strings.Contains(answer.Sentences[1], "neither is above the best constant answer (25.0 %)")
		if said != (right == 25) {
			t.Errorf("%s: %q", name, answer)
		}
	}
}

// Treebanks of the source language are rows of it: the gap is that of their mean.
func TestTreebanksOfTheSource(t *testing.T) {
	c := study.Cell{Task: "udpos", Method: "prefix", Seed: 1}
	f := newFolder(t, study.Study{Tasks: []string{"udpos"}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{c}})
	f.outcome(done(c, ofPrefix, accuracy("de_gsd", 50, 100), accuracy("en_ewt", 90, 100), accuracy("en_pud", 80, 100), accuracy("fr", 60, 100)))
	table := make1(t, f.dir).table(t, "udpos-scores")
	if got := []string{table.Rows[0][0].Text, table.Rows[1][0].Text}; !slices.Equal(got, []string{"en_ewt", "en_pud"}) {
		t.Errorf("first rows %v", got)
	}
	for row, want := range map[string]float64{"mean": 70, "mean without en": 55, "cross-lingual gap": 30} {
		got := table.cell(t, row, "prefix")
		near(t, row, got.Values, want)
		if len(got.Values) != 5 || got.Values[3] >= want || got.Values[4] <= want {
			t.Errorf("%s: interval of %v", row, got)
		}
	}
}

// The languages that narrow an interval are those that are drawn, whether the trained one has no row or several.
func TestFewLanguagesAreThoseThatAreDrawn(t *testing.T) {
	for _, trained := range [][]string{nil, {"en"}, {"en_ewt", "en_pud"}} {
		c := study.Cell{Task: "udpos", Method: "prefix", Seed: 1}
		f := newFolder(t, study.Study{Tasks: []string{"udpos"}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{c}})
		rows := []study.LanguageResult{accuracy("de", 50, 100), accuracy("fr", 60, 100)}
		for _, language := range trained {
			rows = append(rows, accuracy(language, 90, 100))
		}
		f.outcome(done(c, ofPrefix, rows...))
		if note := make1(t, f.dir).table(t, "udpos-scores").Note; !strings.Contains(note, "With 2 languages, the part of an interval that comes from them is only 0.71 times") {
			t.Errorf("trained rows %v: %s", trained, note)
		}
	}
}

// One evaluation a run is no curve.
func TestCurvesNeedTwoPoints(t *testing.T) {
	for dev, want := range map[string]int{
		`{"step":2,"epoch":1,"dev":0.5}`:                                           1,
		`{"step":1,"epoch":1,"dev":0.5}` + "\n" + `{"step":2,"epoch":1,"dev":0.6}`: 2,
	} {
		f := small(t)
		f.raw("runs/xnli-full-1/metrics.jsonl", []byte(`{"step":1,"epoch":1,"loss":2}`+"\n"+`{"step":2,"epoch":1,"loss":1}`+"\n"+dev+"\n"))
		curves := 0
		for _, figure := range make1(t, f.dir).figures {
			if figure.topic == aboutCurves {
				curves++
			}
		}
		if curves != want {
			t.Errorf("%s: %d curves, want %d", dev, curves, want)
		}
	}
}

// The numbers in the score tables can be read on all of their shades.
func TestShadesContrast(t *testing.T) {
	luminance := func(hex string) (sum float64) {
		for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
			if len(hex) == 3 {
				hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
			}
			v, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			x := float64(v) / 0xff
			if x > 0.04045 {
				x = math.Pow((x+0.055)/1.055, 2.4)
			} else {
				x /= 12.92
			}
			sum += weight * x
		}
		return sum
	}
	ink := regexp.MustCompile(`\.h,\.h small\{color:#(\w+)\}`).FindStringSubmatch(pageStyle)
	shades := regexp.MustCompile(`\.h(\d)\{background:#(\w+)\}`).FindAllStringSubmatch(pageStyle, -1)
	if ink == nil || len(shades) != 10 {
		t.Fatalf("text colour %v on %d shades", ink, len(shades))
	}
	last := 2.0
	for _, shade := range shades {
		ground := luminance(shade[2])
		if ratio := (ground + 0.05) / (luminance(ink[1]) + 0.05); ratio < 4.5 {
			t.Errorf("shade %s: contrast %.1f, want at least 4.5", shade[1], ratio)
		}
		if ground >= last {
			t.Errorf("shade %s is no darker than the one before", shade[1])
		}
		last = ground
	}
}

func TestReportRepeats(t *testing.T) {
	dir := small(t).dir
	if a, b := make1(t, dir), make1(t, dir); !reflect.DeepEqual(a, b) {
		t.Error("two reports of one study differ")
	}
}

func TestFailedAndMissing(t *testing.T) {
	s := study.Study{Tasks: []string{"xnli", "pawsx"}, Methods: []string{"full", "prefix", "head"}, Seeds: []uint64{1, 2}}
	for _, task := range s.Tasks {
		for _, method := range s.Methods {
			for _, seed := range s.Seeds {
				s.Cells = append(s.Cells, study.Cell{Task: task, Method: method, Seed: seed})
			}
		}
	}
	f := newFolder(t, s)
	f.outcome(done(s.Cells[0], ofFull, accuracy("en", 80, 100), accuracy("de", 60, 100)))
	f.outcome(done(s.Cells[1], ofFull, accuracy("en", 82, 100)))
	f.outcome(study.Outcome{Cell: s.Cells[2], Status: study.Failed, Error: "the loss is not a number"})
	f.outcome(done(study.Cell{Task: "xnli", Method: "prompt", Seed: 9}, ofFull, accuracy("en", 50, 100))) // none of the study's
	r := make1(t, f.dir)
	scores := r.table(t, "xnli-scores")
	for _, c := range []struct{ row, column, text, status string }{
		{"en", "full", "81.0 ± 1.4", ""},
		{"de", "full", "60.0 (1 of 2)", incomplete},
		{"mean", "full", "70.0 (1 of 2)", incomplete}, // the other run lacks a language
		{"en", "prefix", "failed", failed},
		{"de", "head", "missing", missing},
		{"mean", "head", "missing", missing},
	} {
		if got := scores.cell(t, c.row, c.column); got.Text != c.text || got.Status != c.status {
			t.Errorf("%s x %s: %q %q, want %q %q", c.row, c.column, got.Text, got.Status, c.text, c.status)
		}
	}
	if r.Cells != (CellCounts{12, 2, 1, 9}) {
		t.Errorf("%+v", r.Cells)
	}
	if got := r.table(t, "pawsx-scores").cell(t, "mean", "prefix"); got.Text != "missing" {
		t.Errorf("a task without results: %+v", got)
	}
	runs := r.table(t, "runs")
	if len(runs.Rows) != 13 || runs.Columns[6].Name != "error" || runs.cell(t, "xnli-prefix-1", "error").Text != "the loss is not a number" || runs.cell(t, "pawsx-head-2", "status").Text != missing {
		t.Errorf("runs: %+v", runs.Rows)
	}
	if got := runs.cell(t, "xnli-prompt-9", "status").Text; !strings.Contains(got, "not part of the study") {
		t.Error(got)
	}
	if s := strings.Join(r.Answers[0].Sentences, " "); !strings.HasPrefix(s, "There is nothing to compare yet") || !strings.Contains(s, "prefix is failed") {
		t.Error(s)
	}
	if err := r.Save(f.dir); err != nil {
		t.Fatal(err)
	}
}

func TestSeedsInCommonAndDigests(t *testing.T) {
	s := study.Study{Tasks: []string{"xnli"}, Methods: []string{"full", "prompt"}, Seeds: []uint64{1, 2}}
	for _, method := range s.Methods {
		for _, seed := range s.Seeds {
			s.Cells = append(s.Cells, study.Cell{Task: "xnli", Method: method, Seed: seed})
		}
	}
	f := newFolder(t, s)
	other := accuracy("fr", 50, 100)
	other.Digest = "other examples"
	f.outcome(done(s.Cells[0], ofFull, accuracy("de", 50, 100), accuracy("fr", 50, 100)))
	f.outcome(done(s.Cells[1], ofFull, accuracy("de", 90, 100), accuracy("fr", 50, 100)))
	f.outcome(done(s.Cells[2], ofPrefix, accuracy("de", 60, 100), other))
	table := make1(t, f.dir).table(t, "xnli-prompt-against-full")
	near(t, "seed 1 alone", table.cell(t, "de", "difference").Values, 10)
	if got := table.cell(t, "de", "verdict").Text; !strings.Contains(got, "(1 of 2 seeds)") {
		t.Error(got)
	}
	if got := table.cell(t, "fr", "verdict").Text; !strings.Contains(got, notTested) {
		t.Error(got)
	}
}

// Studies of next to nothing have a report too, without a number that is none.
func TestLittle(t *testing.T) {
	one := study.Cell{Task: "xnli", Method: "prefix", Seed: 1}
	for name, c := range map[string]struct {
		study    study.Study
		outcomes []study.Outcome
	}{
		"nothing done": {study.Study{Tasks: []string{"xnli"}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{one}}, nil},
		"one method": {study.Study{Tasks: []string{"xnli"}, Methods: []string{"prefix"}, Seeds: []uint64{1}, Cells: []study.Cell{one}},
			[]study.Outcome{done(one, ofPrefix, accuracy("en", 9, 10), accuracy("de", 8, 10))}},
		"one language": {study.Study{Tasks: []string{"xnli"}, Methods: []string{"prefix", "full"}, Seeds: []uint64{1}, Cells: []study.Cell{one, {Task: "xnli", Method: "full", Seed: 1}}},
			[]study.Outcome{done(one, ofPrefix, accuracy("en", 9, 10)), done(study.Cell{Task: "xnli", Method: "full", Seed: 1}, ofFull, accuracy("en", 5, 10))}},
		"all wrong": {study.Study{Tasks: []string{"xnli"}, Methods: []string{"prefix", "full"}, Seeds: []uint64{1}, Cells: []study.Cell{one, {Task: "xnli", Method: "full", Seed: 1}}},
			[]study.Outcome{done(one, training.Counts{}, accuracy("en", 0, 10), accuracy("de", 0, 1)), done(study.Cell{Task: "xnli", Method: "full", Seed: 1}, training.Counts{}, accuracy("en", 0, 10), accuracy("de", 0, 1))}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t, c.study)
			for _, o := range c.outcomes {
				f.outcome(o)
			}
			if err := save(f.dir); err != nil {
				t.Fatal(err)
			}
			r := make1(t, f.dir)
			for _, a := range r.Answers {
				if len(a.Sentences) == 0 {
					t.Errorf("%s: no answer", a.Question)
				}
			}
			err := filepath.WalkDir(Folder(f.dir), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				b, err := os.ReadFile(path)
				for _, bad := range []string{"NaN", "Inf", "%!"} {
					if strings.Contains(string(b), bad) {
						t.Errorf("%s contains %s", d.Name(), bad)
					}
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if _, err := Make(t.TempDir()); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "holds no study") {
		t.Errorf("a folder without a study: %v", err)
	}
}

const hostile = `<script>alert("x")</script>|a,b&c_d%$#{}~^\ ` + "\x1b[31m\n=1+1"

func TestHostileNames(t *testing.T) {
	c := study.Cell{Task: "xnli", Method: "prefix", Seed: 1}
	full := study.Cell{Task: "xnli", Method: "full", Seed: 1}
	bad := study.Cell{Task: "xnli", Method: "head", Seed: 1}
	f := newFolder(t, study.Study{Title: hostile, Checkpoint: hostile, Tasks: []string{"xnli"}, Methods: []string{"prefix", "full", "head"}, Seeds: []uint64{1}, Cells: []study.Cell{c, full, bad}})
	f.outcome(done(c, ofPrefix, accuracy(hostile, 5, 10), accuracy("de", 4, 10)))
	f.outcome(done(full, ofFull, accuracy(hostile, 5, 10), accuracy("de", 4, 10)))
	f.outcome(study.Outcome{Cell: bad, Status: study.Failed, Error: hostile})
	f.write("analyses/xnli.json", study.Properties{Task: "xnli", Languages: []study.LanguageProperty{{Language: hostile, ParallelRatio: 1}, {Language: "de", ParallelRatio: 2}}})
	if err := save(f.dir); err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(Folder(f.dir), name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	page := read(Page)
	if n := strings.Count(page, "<script"); n != 1 {
		t.Errorf("the page has %d scripts, want its own alone", n)
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Error("the page does not show the name")
	}
	for _, name := range []string{"report.md", "tables/xnli-scores.md"} {
		text := read(name)
		if strings.Contains(text, "<script") || strings.Contains(text, "\x1b") {
			t.Errorf("%s has a tag or an escape sequence", name)
		}
		for line := range strings.Lines(text) {
			if strings.Contains(line, "script&gt;") && strings.HasPrefix(line, "|") && !strings.Contains(line, `\|a,b`) {
				t.Errorf("%s: the bar in a name parts cells: %s", name, line)
			}
		}
	}
	if text := read("tables/xnli-scores.tex"); !strings.Contains(text, `\textbar{}a,b\&c\_d\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}`) {
		t.Errorf("LaTeX: %s", text)
	}
	rows, err := csv.NewReader(strings.NewReader(read("tables/xnli-scores.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if rows[2][0] != oneLine(hostile) && rows[1][0] != oneLine(hostile) {
		t.Errorf("CSV: %q", rows)
	}
}

func TestFormats(t *testing.T) {
	f := small(t)
	f.raw("report/report.json", []byte(`{"tables": [{"name": "old"}]}`))
	f.raw("report/tables/old.csv", nil)
	f.raw("report/tables/my-own.csv", nil)
	if err := save(f.dir); err != nil {
		t.Fatal(err)
	}
	tables := filepath.Join(Folder(f.dir), "tables")
	if _, err := os.Stat(filepath.Join(tables, "old.csv")); err == nil {
		t.Error("a table of an earlier report is still there")
	}
	if _, err := os.Stat(filepath.Join(tables, "my-own.csv")); err != nil {
		t.Errorf("a file that no report wrote: %v", err)
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(tables, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	rows, err := csv.NewReader(strings.NewReader(read("tiers.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"task", "method", "high (points)", "high sd", "high languages", "middle (points)", "middle sd", "middle languages", "low (points)", "low sd", "low languages",
			"seen (points)", "seen sd", "seen languages", "unseen (points)", "unseen sd", "unseen languages"},
		{"xnli", "prefix", "5", "7.071067812", "2", "", "", "", "20", "", "1", "10", "10", "3", "1", "", "1"},
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("CSV %q\nwant %q", rows, want)
	}
	if got := read("tiers.md"); !strings.Contains(got, "| task | method | high | middle | low | seen | unseen |\n|---|---|---:|---:|---:|---:|---:|\n| xnli | prefix | +5.0 ± 7.1 2 languages | – | +20.0 1 language |") {
		t.Error(got)
	}
	if got := read("tiers.tex"); !strings.Contains(got, "\\begin{tabular}{llrrrrr}\n\\toprule\ntask & method & high & middle & low & seen & unseen \\\\\n\\midrule\nxnli & prefix & +5.0 $\\pm$ 7.1 {\\scriptsize 2 languages} & -- &") || !strings.Contains(got, `\bottomrule`) {
		t.Error(got)
	}
	var back Table
	if err := json.Unmarshal([]byte(read("tiers.json")), &back); err != nil || math.Abs(back.Rows[0][2].Values[0]-5) > 1e-9 || !slices.Contains(back.Rows[0][2].Runs, "xnli-full-2") {
		t.Errorf("JSON: %v %+v", err, back)
	}
	var text strings.Builder
	if err := make1(t, f.dir).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"xnli: accuracy in percent, test split\n", "\nde", "82.0 ± 2.8", "\nmean (5 rows)", "Is prompt tuning on par", "low-resource languages more?", "What has tokenization"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the terminal lacks %q:\n%s", want, text.String())
		}
	}
}

// A page that somebody wrote by hand is not replaced.
func TestSomebodysPageStays(t *testing.T) {
	f := small(t)
	f.raw("report/index.html", []byte("my notes"))
	if err := save(f.dir); err == nil || !strings.Contains(err.Error(), "index.html was not written by xpt report") {
		t.Errorf("error %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(Folder(f.dir), Page)); err != nil || string(text) != "my notes" {
		t.Errorf("the page holds %q, %v", text, err)
	}
}
