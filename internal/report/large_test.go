package report

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"xpt/internal/pretraining"
	"xpt/internal/study"
)

// large is a study of 200 languages and 40 runs: two tasks, four methods, five seeds, 40 examples a language, 60 logged steps a run.
func large(t *testing.T) *folder {
	s := study.Study{Title: "Large", Tasks: []string{"panx", "xnli"}, Methods: []string{"full", "prefix", "prompt", "lora"}, Seeds: []uint64{1, 2, 3, 4, 5}}
	languages := []string{"en"}
	for i := range 199 {
		languages = append(languages, fmt.Sprintf("l%03d", i))
	}
	for _, task := range s.Tasks {
		for _, method := range s.Methods {
			for _, seed := range s.Seeds {
				s.Cells = append(s.Cells, study.Cell{Task: task, Method: method, Seed: seed})
			}
		}
	}
	f := newFolder(t, s)
	for number, c := range s.Cells {
		var all []study.LanguageResult
		for i, language := range languages {
			right := 38 - i/8 + (i*7+number*5)%9 - 4
			all = append(all, accuracy(language, min(max(right, 0), 40), 40))
		}
		f.outcome(done(c, ofPrefix, all...))
		var log strings.Builder
		for step := range 60 {
			fmt.Fprintf(&log, `{"step":%d,"epoch":1,"loss":%g}`+"\n", step+1, 2*math.Exp(-float64(step)/20)+0.1)
			if step%10 == 9 {
				fmt.Fprintf(&log, `{"step":%d,"epoch":1,"dev":%g}`+"\n", step+1, 0.9-1/float64(step+9))
			}
		}
		f.raw("runs/"+c.Name()+"/metrics.jsonl", []byte(log.String()))
	}
	for _, task := range s.Tasks {
		p := study.Properties{Task: task}
		for i, language := range languages {
			l := study.LanguageProperty{Language: language, BillionTokens: 800 / float64(i+1), Tier: pretraining.High, Fertility: 1 + float64(i%50)/20, ContinuedShare: float64(i%37) / 40}
			p.Languages = append(p.Languages, l)
		}
		f.write("analyses/"+task+".json", p)
	}
	return f
}

// A study of 200 languages and 40 runs has a page that a browser opens in under a second: its size and its elements are bounded.
func TestLargeStudy(t *testing.T) {
	if testing.Short() {
		t.Skip("resamples 200 languages")
	}
	page, err := make1(t, large(t).dir).html()
	if err != nil {
		t.Fatal(err)
	}
	if tags := bytes.Count(page, []byte("<")) / 2; len(page) > 2<<20 || tags > 40_000 {
		t.Errorf("the page has %d bytes and some %d elements", len(page), tags)
	}
	if n := bytes.Count(page, []byte(`tabindex="0"`)); n < 10 {
		t.Errorf("%d tables", n)
	}
}
