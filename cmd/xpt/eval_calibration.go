package main

import (
	"fmt"
	"io"

	"xpt"
	"xpt/internal/texttable"
	"xpt/metrics"
)

// writeCalibration writes a table of how far the runs' probabilities are from their accuracies: a row per language,
// and two columns per run, of the probabilities as they are and at the run's temperature. Without any it writes nothing.
func writeCalibration(w io.Writer, results []xpt.RunResult) error {
	head, temperatures := []string{""}, []string{"temperature"}
	rows := make([][]string, len(results[0].Languages))
	for i, language := range results[0].Languages {
		rows[i] = []string{language.Code}
	}
	some := false
	for _, r := range results {
		name := columnName(results, r)
		head, temperatures = append(head, name, name+" scaled"), append(temperatures, "1", temperature(r))
		for i, language := range r.Languages {
			raw, scaled := "–", "–"
			if c := language.Calibration; c != nil {
				some = true
				raw = score(c.ECE)
				if c.Scaled != nil {
					scaled = score(c.Scaled.ECE)
				}
			}
			rows[i] = append(rows[i], raw, scaled)
		}
	}
	if !some {
		return nil
	}
	title := fmt.Sprintf("%s %s, expected calibration error in percent (%d bins)", results[0].Task, results[0].Split, metrics.CalibrationBins)
	return texttable.Write(w, title, append([][]string{head, temperatures}, rows...), func(column int) bool { return column == 0 })
}

// temperature is the run's, which all languages share.
func temperature(r xpt.RunResult) string {
	for _, l := range r.Languages {
		if l.Calibration != nil && l.Calibration.Scaled != nil {
			return fmt.Sprintf("%.3g", l.Calibration.Scaled.Temperature)
		}
	}
	return "–"
}
