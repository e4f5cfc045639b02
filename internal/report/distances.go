package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"xpt/internal/stats"
	"xpt/internal/study"
)

// frozen stands for the method of the backbone before training.
const frozen = "frozen"

// backbones are the backbones that computed representations of one task's texts, by method.
type backbones struct {
	task      string
	sentences int
	methods   []string                     // frozen first
	of        map[string][]study.Distances // by method
	languages []string
}

func (m *matrix) backbones() (all []*backbones) {
	for _, d := range m.distances {
		at := slices.IndexFunc(all, func(b *backbones) bool { return b.task == d.Task })
		if at < 0 {
			at = len(all)
			all = append(all, &backbones{task: d.Task, sentences: d.Sentences, of: map[string][]study.Distances{}})
		}
		b := all[at]
		if b.of[d.Method] == nil {
			b.methods = append(b.methods, d.Method)
		}
		b.of[d.Method] = append(b.of[d.Method], d)
		for _, l := range d.Languages {
			if !slices.Contains(b.languages, l.Language) {
				b.languages = append(b.languages, l.Language)
			}
		}
	}
	order := func(method string) int {
		if method == frozen {
			return -1
		}
		return slices.Index(m.study.Methods, method)
	}
	for _, b := range all {
		slices.SortStableFunc(b.methods, func(x, y string) int { return cmp.Or(cmp.Compare(order(x), order(y)), cmp.Compare(x, y)) })
	}
	return all
}

// cosines are a language's distances under a method, one for each backbone.
func (b *backbones) cosines(method, language string) (values []float64, runs []string) {
	for _, d := range b.of[method] {
		for _, l := range d.Languages {
			if l.Language == language {
				values = append(values, l.Cosine)
				if method != frozen {
					runs = append(runs, d.Backbone)
				}
			}
		}
	}
	return values, runs
}

// mean is the mean distance over all languages but the source.
func (b *backbones) mean(method, source string) (mean float64, over *covered, runs []string) {
	var values []float64
	for _, language := range b.languages {
		v, of := b.cosines(method, language)
		if !stats.OfSource(language, source) && len(v) > 0 {
			values = append(values, stats.NewSpread(v).Mean)
		}
		for _, run := range of {
			if !slices.Contains(runs, run) {
				runs = append(runs, run)
			}
		}
	}
	if len(values) == 0 {
		return 0, nil, runs
	}
	if interval, err := resampling.MeanInterval(values); err == nil && len(values) > 1 {
		over = &covered{interval, "languages only"}
	}
	return stats.NewSpread(values).Mean, over, runs
}

func distanceTables(m *matrix) (tables []*Table) {
	for _, b := range m.backbones() {
		t := &Table{Task: b.task, Name: "distances", topic: aboutDistances}
		t.Title = b.task + ": distance of sentence representations from the trained language"
		if len(tables) > 0 {
			t.Name += "-" + b.task
		}
		t.Note = fmt.Sprintf("Mean of 1 − cosine between a sentence's mean hidden state and that of its translation, over %d sentences, "+
			"under the backbone as it was (frozen) and as it became; ± standard deviation over runs; "+
			"in the row of means, the %.0f %% bootstrap interval over languages only.", b.sentences, 100*level)
		t.Columns = []Column{{Name: "language"}}
		for _, method := range b.methods {
			t.Columns = append(t.Columns, numberColumn(method, "", "", "sd", "runs", "low", "high"))
		}
		for _, language := range b.languages {
			row := []Entry{text(language)}
			for _, method := range b.methods {
				values, runs := b.cosines(method, language)
				cell := Entry{Text: missing, Status: missing}
				if len(values) > 0 {
					cell = spreadNumber(stats.NewSpread(values), 3)
				}
				row = append(row, cell.of(runs...))
			}
			t.Rows = append(t.Rows, row)
		}
		foot := []Entry{text("mean without " + m.study.Language)}
		for _, method := range b.methods {
			mean, over, runs := b.mean(method, m.study.Language)
			cell := number(mean, 3)
			if over != nil {
				cell = spreadNumber(stats.Spread{N: 1, Mean: mean}, 3).within(over, 1, 3)
			}
			foot = append(foot, cell.of(runs...))
		}
		t.Foot = [][]Entry{foot}
		tables = append(tables, t)
	}
	return tables
}

func distanceSentences(m *matrix) (sentences []string) {
	for _, b := range m.backbones() {
		var parts []string
		for _, method := range b.methods {
			mean, over, _ := b.mean(method, m.study.Language)
			part := method + " " + decimal(mean, 3)
			if over != nil {
				part += " " + over.text(1, 3)
			}
			parts = append(parts, part)
		}
		sentences = append(sentences, fmt.Sprintf("Representations (%s, %d parallel sentences): "+
			"mean distance of the other languages from the trained one (1 − cosine): %s.", b.task, b.sentences, strings.Join(parts, ", ")))
	}
	return sentences
}
