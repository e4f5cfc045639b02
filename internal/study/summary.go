package study

import (
	"time"

	"xpt/internal/transfer"
)

// Pace tells how long cells take, from those that have ended.
type Pace struct {
	seconds map[string]float64 // by method, and in all under ""
	cells   map[string]float64
}

// Add takes a cell that is done.
func (p *Pace) Add(o Outcome) {
	if p.seconds == nil {
		p.seconds, p.cells = map[string]float64{}, map[string]float64{}
	}
	for _, key := range []string{"", o.Method} {
		p.seconds[key] += o.Seconds
		p.cells[key]++
	}
}

// Left is how long cells will take: as long as those of their method took, or
// all together where none of them has ended. False: none at all has.
func (p *Pace) Left(cells []Cell) (time.Duration, bool) {
	sum := 0.0
	for _, c := range cells {
		key := c.Method
		if p.cells[key] == 0 {
			key = ""
		}
		if p.cells[key] == 0 {
			return 0, false
		}
		sum += p.seconds[key] / p.cells[key]
	}
	return time.Duration(sum * float64(time.Second)), true
}

// Results are the cells that are done, for tables: the mean over the seeds of
// each task, method and pool, in the study's order.
func (s Study) Results(outcomes []Outcome) []transfer.Result {
	done := map[Cell]Outcome{}
	for _, o := range outcomes {
		if o.Status == Done {
			done[o.Cell] = o
		}
	}
	var results []transfer.Result
	at := map[Cell]int{} // of a cell without its seed
	seeds := map[Cell]float64{}
	for _, c := range s.Cells {
		o, ok := done[c]
		if !ok {
			continue
		}
		c.Seed = 0
		if seeds[c]++; seeds[c] == 1 {
			at[c] = len(results)
			r := transfer.Result{Run: c.Pool, Record: o.Record}
			for _, l := range o.Languages {
				l.Scores = append([]transfer.Score(nil), l.Scores...)
				r.Languages = append(r.Languages, l.Language)
			}
			results = append(results, r)
			continue
		}
		for l, language := range o.Languages {
			for k, score := range language.Scores {
				mean := &results[at[c]].Languages[l].Scores[k].Value
				*mean += (score.Value - *mean) / seeds[c]
			}
		}
	}
	return results
}
