package report

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"xpt/internal/study"
	"xpt/internal/train"
	"xpt/internal/transfer"
)

// folder is a study folder that a test makes.
type folder struct {
	testing.TB
	dir   string
	study study.Study
}

func newFolder(t testing.TB, s study.Study) *folder {
	t.Helper()
	if s.Language == "" {
		s.Language = "en"
	}
	f := &folder{t, t.TempDir(), s}
	f.write("study.json", s)
	return f
}

func (f *folder) write(name string, value any) {
	f.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		f.Fatal(err)
	}
	f.raw(name, b)
}

func (f *folder) raw(name string, b []byte) {
	f.Helper()
	path := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		f.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o666); err != nil {
		f.Fatal(err)
	}
}

func (f *folder) outcome(o study.Outcome) {
	f.Helper()
	if err := study.WriteOutcome(f.dir, o); err != nil {
		f.Fatal(err)
	}
}

// done is the outcome of a cell over languages.
func done(c study.Cell, counts train.Counts, languages ...study.Language) study.Outcome {
	return study.Outcome{Cell: c, Status: study.Done, Languages: languages, Seconds: 12, Split: "test",
		Record: train.Record{Options: train.Options{Task: c.Task, Method: c.Method}, Counts: counts, DType: "float32", Device: "cpu", Torch: "2.15.0", Finished: true}}
}

// accuracy is a language in which the first right examples of n are right.
func accuracy(language string, right, n int) study.Language {
	return answers(language, func(i int) bool { return i < right }, n)
}

func answers(language string, right func(i int) bool, n int) study.Language {
	counts := make(study.Counts, n)
	correct := 0
	for i := range counts {
		counts[i] = transfer.Counts{Predicted: 1, Gold: 1}
		if right(i) {
			counts[i].Correct = 1
			correct++
		}
	}
	l := study.Language{Counts: counts, Digest: fmt.Sprintf("%s %d", language, n)}
	l.Language = transfer.Language{Language: language, Examples: n, Scores: []transfer.Score{{Metric: "accuracy", Value: float64(correct) / float64(n)}},
		Majority: []transfer.Score{{Metric: "accuracy", Value: 0.25}}}
	return l
}

func make1(t testing.TB, dir string) *Report {
	t.Helper()
	r, err := Make(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Report) table(t testing.TB, name string) *Table {
	t.Helper()
	for _, table := range r.Tables {
		if table.Name == name {
			return table
		}
	}
	t.Fatalf("no table %s", name)
	return nil
}

// cell finds a cell by what heads its row and its column.
func (t *Table) cell(tb testing.TB, row, column string) Cell {
	tb.Helper()
	for _, cells := range append(t.Rows, t.Foot...) {
		for i, c := range t.Columns {
			if cells[0].Text == row && c.Name == column {
				return cells[i]
			}
		}
	}
	tb.Fatalf("table %s has no cell %s x %s", t.Name, row, column)
	return Cell{}
}

var realLanguages = []string{"en", "ar", "bg", "bn", "de", "el", "es", "et", "eu", "fi", "fr", "hi", "id", "it", "ja", "ko", "my", "pt", "ru", "sw", "ta", "te", "th",
	"tr", "ur", "vi", "yo", "zh", "af", "fa", "he", "hu", "jv", "ka", "kk", "ml", "mr", "ms", "nl", "tl"}

// realistic makes a study as they are: scores that depend on language, method
// and seed, properties, distances and learning curves.
func realistic(t testing.TB, languages, examples int, tasks, methods []string, seeds int) *folder {
	s := study.Study{Title: "Prompts and fine-tuning on XGLM", Checkpoint: "xglm-564M", Data: "data", Pretraining: "xglm", Language: "en", Tasks: tasks, Methods: methods, Pools: []string{"last", "first"}}
	for i := range seeds {
		s.Seeds = append(s.Seeds, uint64(i+1))
	}
	tagging := map[string]bool{"udpos": true, "panx": true}
	for _, task := range tasks {
		pools := []string{""}
		if tagging[task] {
			pools = s.Pools
		}
		for _, pool := range pools {
			for _, method := range methods {
				for _, seed := range s.Seeds {
					c := study.Cell{Task: task, Method: method, Pool: pool, Seed: seed}
					if method == study.Likelihood {
						if seed > 1 || tagging[task] {
							continue
						}
						c.Seed = 0
					}
					s.Cells = append(s.Cells, c)
				}
			}
		}
	}
	f := newFolder(t, s)
	table := transfer.XGLMPretraining()
	random := rand.New(rand.NewPCG(7, 7))
	easy := map[string]float64{}
	fertility := map[string]float64{}
	for _, l := range realLanguages[:languages] {
		fertility[l] = 1.1 + 1.2*random.Float64()
		easy[l] = 0.42 + 0.05*math.Log10(1+1000*table.BillionTokens(l)) - 0.05*fertility[l] + 0.03*random.NormFloat64()
	}
	parameters := map[string]train.Counts{"full": {Backbone: 564463616, Body: 564463616, Head: 3075}, "prefix": {Backbone: 564463616, Body: 786432, Head: 3075},
		"prompt": {Backbone: 564463616, Body: 20480, Head: 3075}, "head": {Backbone: 564463616, Head: 3075}, "likelihood": {Backbone: 564463616}}
	bonus := map[string]float64{"full": 0.1, "prefix": 0.09, "prompt": 0.05, "head": -0.04, "likelihood": -0.12}
	base := map[string]float64{"xnli": -0.05, "pawsx": 0.05, "udpos": 0.1, "panx": -0.1}
	for n, c := range s.Cells {
		if n == 7 {
			f.outcome(study.Outcome{Cell: c, Status: study.Failed, Error: "step 120: the loss is not a number; examples 17, 204"})
			continue
		}
		if n == 11 {
			continue
		}
		var all []study.Language
		drift := 0.01 * random.NormFloat64()
		for _, l := range realLanguages[:languages] {
			if c.Task == "pawsx" && languages > 20 && len(all) >= 7 {
				break
			}
			p := easy[l] + bonus[c.Method] + base[c.Task] + drift
			if c.Method == "prefix" || c.Method == "prompt" {
				p += 0.012 * (6 - 2*math.Log10(1+1000*table.BillionTokens(l)))
			}
			if c.Pool == "first" {
				p -= 0.04 * (fertility[l] - 1)
			}
			if l == "en" {
				p += 0.06
			}
			p = min(0.97, max(0.05, p))
			hard := rand.New(rand.NewPCG(3, uint64(len(l)+int(l[0])*300+int(l[1]))))
			own := rand.New(rand.NewPCG(uint64(n), uint64(int(l[0])*300+int(l[1]))))
			if tagging[c.Task] {
				all = append(all, tagged(l, examples, func() float64 { return p + 0.3*(hard.Float64()-0.5) + 0.2*(own.Float64()-0.5) }, own))
			} else {
				x := answers(l, func(int) bool { return 0.7*hard.Float64()+0.3*own.Float64() < p }, examples)
				x.Scores = append(x.Scores, transfer.Score{Metric: "macro-F1", Value: x.Scores[0].Value - 0.02})
				x.Majority = append(x.Majority, transfer.Score{Metric: "macro-F1", Value: 0.17})
				all = append(all, x)
			}
		}
		o := done(c, parameters[c.Method], all...)
		o.Seconds = 300 + 600*random.Float64()
		o.Record.PeakBytes = int64(3.2e9 + 1e9*random.Float64())
		o.Record.Options = train.Defaults()
		o.Record.Options.Task, o.Record.Options.Method, o.Record.Options.Seed = c.Task, c.Method, c.Seed
		o.Record.Options.PromptLength, o.Record.Options.LearningRate = 16, 0.01
		o.Record.Best = &train.Evaluation{Step: 500, Score: 0.8 + bonus[c.Method], Best: true}
		f.outcome(o)
		if c.Method == study.Likelihood {
			continue
		}
		var log []byte
		for step := 1; step <= 500; step++ {
			line, _ := json.Marshal(train.Step{Step: step, Epoch: 1 + step/100, Loss: 0.4 + 0.8*math.Exp(-float64(step)/90) - bonus[c.Method] + 0.05*random.NormFloat64(), Rate: 1e-2})
			log = append(append(log, line...), '\n')
			if step%100 == 0 {
				line, _ = json.Marshal(train.Evaluation{Step: step, Epoch: step / 100, Score: 0.8 + bonus[c.Method] - 0.4*math.Exp(-float64(step)/120) + 0.01*random.NormFloat64()})
				log = append(append(log, line...), '\n')
			}
		}
		f.raw("runs/"+c.Name()+"/metrics.jsonl", log)
	}
	for _, task := range tasks {
		p := study.Properties{Task: task}
		for _, l := range realLanguages[:languages] {
			lp := study.LanguageProperty{Language: l, BillionTokens: table.BillionTokens(l), Tier: table.Tier(l)}
			if tagging[task] {
				lp.Fertility, lp.ContinuedShare, lp.SingleShare = fertility[l], (fertility[l]-1)/1.6, 1-(fertility[l]-1)/1.6
			} else {
				lp.ParallelRatio, lp.Pairs = 0.7+0.4*fertility[l], 2000
			}
			p.Languages = append(p.Languages, lp)
		}
		f.write("analyses/"+task+".json", p)
	}
	for i, method := range []string{"frozen", "prefix", "prompt", "full"} {
		d := study.Distances{Task: "xnli", Backbone: "xnli-" + method + "-1", Method: method, Sentences: 200}
		if method == "frozen" {
			d.Backbone = method
		}
		for _, l := range realLanguages[:min(languages, 15)] {
			x := study.Distance{Language: l, Mean: []float64{random.NormFloat64(), random.NormFloat64() * 0.5}}
			if l != "en" {
				x.Cosine = 0.15 + 0.1*fertility[l] - 0.03*float64(i)
			}
			d.Languages = append(d.Languages, x)
		}
		f.write("analyses/distances/"+d.Backbone+".json", d)
	}
	return f
}

// tagged is a language of sentences with some entities each.
func tagged(language string, sentences int, p func() float64, random *rand.Rand) study.Language {
	l := study.Language{Digest: language}
	var sum transfer.Counts
	for range sentences {
		c := transfer.Counts{Gold: 4 + random.IntN(12)}
		q := p()
		for range c.Gold {
			if random.Float64() < q {
				c.Correct++
			}
		}
		c.Predicted = max(c.Correct, c.Gold-1+random.IntN(3))
		sum.Correct, sum.Predicted, sum.Gold = sum.Correct+c.Correct, sum.Predicted+c.Predicted, sum.Gold+c.Gold
		l.Counts = append(l.Counts, c)
	}
	l.Language = transfer.Language{Language: language, Examples: sentences, Scores: []transfer.Score{{Metric: "F1", Value: sum.F1()}, {Metric: "accuracy", Value: min(1, sum.F1()+0.05)}},
		Majority: []transfer.Score{{Metric: "F1", Value: 0.08}, {Metric: "accuracy", Value: 0.17}}}
	return l
}
