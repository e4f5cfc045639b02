package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/pretraining"
	"xpt/internal/stats"
	"xpt/internal/study"
)

// relationTable has the relations of all gains to the wanted properties.
func relationTable(gains []*gain, name, title string, wanted func(property string) bool) *Table {
	t := &Table{Name: name, Title: title, topic: topic(name)}
	t.Note = fmt.Sprintf("Spearman's rank correlation of the gain (method minus full fine-tuning, points) with the property, "+
		"over the languages that were not trained on, by %s.", relationMethod)
	t.Columns = []Column{{Name: "task"}, {Name: "method"}, {Name: "property"}, numberColumn("languages", ""),
		numberColumn("rho", "", "", "low", "high"), numberColumn("p", ""), numberColumn("p, Holm", "")}
	for _, g := range gains {
		for _, r := range g.relations {
			if !wanted(r.Property) {
				continue
			}
			row := []Entry{text(g.column.task.name), text(g.column.name), text(r.Property), count(len(r.Points)), rhoNumber(r)}
			if r.Error != "" {
				row = append(row, blank(), blank())
			} else {
				row = append(row, pNumber(r.P), pNumber(r.AdjustedP))
			}
			setRuns(row[3:], g.runs())
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// relationMethod says how relations are tested.
var relationMethod = fmt.Sprintf("Student's t; its %.0f %% interval by Fisher's z (Bonett & Wright), over languages; "+
	"p as it is, and adjusted by Holm for all correlations of this table. "+
	"Of fewer than %d languages the points are shown: (property, difference)", 100*level, stats.FewestLanguages)

// rhoNumber shows a correlation with its interval, or the points of too few languages.
func rhoNumber(r *stats.Relation) Entry {
	if r.Error != "" {
		return Entry{Text: r.Error, Aside: points(r), Status: incomplete}
	}
	return signedNumber(r.Rho, 2).within(&covered{r.Interval, "languages"}, 1, 2)
}

// points lists languages with their property and gain.
func points(r *stats.Relation) string {
	var all []string
	for _, p := range r.Points {
		all = append(all, fmt.Sprintf("%s (%s, %s)", p.Language, decimal(p.Property, 2), signed(p.Gain, 1)))
	}
	return strings.Join(all, ", ")
}

func pNumber(p float64) Entry { return Entry{Text: pValue(p), Values: []float64{p}} }

// tierTable has mean gains by tier of pre-training data.
func tierTable(gains []*gain) *Table {
	t := &Table{Name: "tiers", Title: "Gain by tier of pre-training data", topic: aboutResources}
	t.Note = "Mean gain (method minus full fine-tuning) in points over the languages of a tier that were not trained on, " +
		"± standard deviation over them, and their number. Seen is high, middle and low together; " +
		"unseen languages are not in the pre-training data."
	t.Columns = []Column{{Name: "task"}, {Name: "method"}}
	for _, tier := range pretraining.Tiers {
		t.Columns = append(t.Columns, numberColumn(string(tier), "points", "", "sd", "languages"))
	}
	for _, g := range gains {
		if len(g.tiers) == 0 {
			continue
		}
		row := []Entry{text(g.column.task.name), text(g.column.name)}
		for _, tier := range pretraining.Tiers {
			cell := blank()
			if at := slices.IndexFunc(g.tiers, func(m pretraining.TierMean) bool { return m.Tier == tier }); at >= 0 {
				m := g.tiers[at]
				cell = spreadNumber(m.Spread, 1)
				cell.Text = signed(m.Mean, 1) + plusMinus(m.Spread, 1)
				cell.Aside = fmt.Sprintf("%d %s", m.N, plural(m.N, "language"))
			}
			row = append(row, cell.of(g.runs()...))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// propertyTable has the properties of a task's languages.
func propertyTable(m *matrix, t *task) []*Table {
	if len(m.properties[t.name]) == 0 {
		return nil
	}
	table := &Table{Task: t.name, Name: t.name + "-languages", topic: aboutTokenization}
	table.Title = t.name + ": the languages before any training"
	table.Note = "Fertility: sub-tokens per word. Continued: words that are cut, in percent; single: words of one sub-token, in percent. " +
		"Parallel ratio: sub-tokens of translations over those of the same texts in the trained language."
	table.Columns = []Column{{Name: "language"}, {Name: "name"}, numberColumn("pre-training (billion tokens)", ""), {Name: "tier"},
		numberColumn("fertility", ""), numberColumn("continued", "percent"), numberColumn("single", "percent"), numberColumn("parallel ratio", ""), numberColumn("pairs", "")}
	for _, l := range m.properties[t.name] {
		row := append([]Entry{text(l.Language), text(datasets.LanguageName(code(l.Language)))}, slices.Repeat([]Entry{blank()}, 7)...)
		switch {
		case m.study.Pretraining == study.UnknownPretraining:
			row[3] = text(study.UnknownPretraining)
		case l.Tier != "":
			row[3] = text(string(l.Tier))
		}
		if l.BillionTokens > 0 {
			row[2] = Entry{Text: fmt.Sprintf("%.3g", l.BillionTokens), Values: []float64{l.BillionTokens}}
		}
		if l.Fertility > 0 {
			row[4], row[5], row[6] = number(l.Fertility, 2), number(100*l.ContinuedShare, 1), number(100*l.SingleShare, 1)
		}
		if l.ParallelRatio > 0 {
			row[7], row[8] = number(l.ParallelRatio, 2), count(l.Pairs)
		}
		table.Rows = append(table.Rows, row)
	}
	return []*Table{table}
}
