package report

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/stats"
	"xpt/internal/study"
	"xpt/metrics"
)

// calibrationTable has the expected calibration error by language and method, of the probabilities as they are and
// at each run's temperature. It has no rows where no outcome has any.
func calibrationTable(m *matrix, t *task) *Table {
	table := &Table{Task: t.name, Name: t.name + "-calibration", Title: t.name + ": expected calibration error in percent" + t.inSplit(), topic: aboutScores, detail: true}
	table.Note = fmt.Sprintf("Mean over seeds ± standard deviation, %d bins of equal width (Guo et al. 2017); each tagged word is a prediction. "+
		"Scaled: logits are divided by the temperature that makes the gold labels of the dev set of %s likeliest, which is no held-out set for it.", metrics.CalibrationBins, m.study.Language)
	table.Columns = []Column{{Name: "language"}}
	some := false
	for _, c := range t.columns {
		table.Columns = append(table.Columns, numberColumn(c.name, "percent", "", "sd", "seeds"), numberColumn(c.name+", scaled", "percent", "", "sd", "seeds"))
		for _, language := range t.languages {
			_, values := c.calibration(language, raw)
			some = some || values != nil
		}
	}
	if !some {
		return table
	}
	for _, language := range t.languages {
		row := []Entry{text(language)}
		for _, c := range t.columns {
			row = append(row, c.calibrationCell(language, raw), c.calibrationCell(language, scaled))
		}
		table.Rows = append(table.Rows, row)
	}
	foot := []Entry{text("temperature")}
	for _, c := range t.columns {
		foot = append(foot, blank(), c.temperatures())
	}
	table.Foot = [][]Entry{foot}
	if slices.ContainsFunc(foot, func(c Entry) bool { return strings.Contains(c.Text, "at the bound") }) {
		table.Note += fmt.Sprintf(" At the bound: some run's temperature ended at %g or %g, between which it is sought; every answer on the dev set may be right, or none better than chance.",
			lowestTemperature, highestTemperature)
	}
	return table
}

func raw(c *metrics.Calibration) (float64, bool) { return c.ECE, true }

func scaled(c *metrics.Calibration) (float64, bool) {
	if c.Scaled == nil {
		return 0, false
	}
	return c.Scaled.ECE, true
}

func fitted(c *metrics.Calibration) (float64, bool) {
	if c.Scaled == nil {
		return 0, false
	}
	return c.Scaled.Temperature, true
}

// calibration are the values of the runs that have one in a language; an empty one stands for any.
func (c *column) calibration(language string, of func(*metrics.Calibration) (float64, bool)) (runs []string, values []float64) {
	for _, o := range c.outcomes {
		if v, ok := calibrationOf(o, language, of); ok {
			runs, values = append(runs, o.Name()), append(values, v)
		}
	}
	return runs, values
}

func calibrationOf(o study.Outcome, language string, of func(*metrics.Calibration) (float64, bool)) (float64, bool) {
	for _, l := range o.Languages {
		if l.Calibration == nil || language != "" && l.Code != language {
			continue
		}
		if v, ok := of(l.Calibration); ok {
			return v, true
		}
	}
	return 0, false
}

func (c *column) calibrationCell(language string, of func(*metrics.Calibration) (float64, bool)) Entry {
	runs, values := c.calibration(language, of)
	if values == nil {
		return blank()
	}
	return c.spread(values, runs, nil)
}

// temperatures are those of the runs, which all languages share.
func (c *column) temperatures() Entry {
	runs, values := c.calibration("", fitted)
	if values == nil {
		return blank()
	}
	cell := spreadNumber(stats.NewSpread(values), 2).of(runs...)
	if low, high := slices.Min(values), slices.Max(values); low < 1.0001*lowestTemperature || high > 0.9999*highestTemperature {
		cell.Text += " (at the bound)"
	}
	return cell
}

// The range of metrics.FitTemperature.
const lowestTemperature, highestTemperature = 0.01, 100.0
