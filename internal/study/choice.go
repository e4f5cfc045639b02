package study

import (
	"cmp"
	"fmt"
	"path/filepath"
)

// Choose is the index of the trial that wins: that with the highest score on the source language's dev set. Of equal ones it is
// that with the smaller learning rate, then the smaller learning rate of the head, then the first of the grid. It is -1 if all
// diverged.
func Choose(trials []Outcome) int {
	best := -1
	for i, t := range trials {
		if t.Status == Done && (best < 0 || better(t, trials[best])) {
			best = i
		}
	}
	return best
}

func better(a, b Outcome) bool {
	x, y := a.Record.Options, b.Record.Options
	return cmp.Or(cmp.Compare(b.Record.Best.Score, a.Record.Best.Score), cmp.Compare(x.LearningRate, y.LearningRate), cmp.Compare(x.HeadRate, y.HeadRate)) < 0
}

// chosen returns the job with the settings of the trial that won, or of the run that it starts from; ok is false as long as these
// have not ended.
func (r *runner) chosen(j job) (_ job, ok bool, err error) {
	if j.after != nil {
		return r.started(j)
	}
	if j.trials == nil {
		return j, true, nil
	}
	var outcomes []Outcome
	var keys []string
	for _, t := range j.trials {
		o, ok, err := read[Outcome](filepath.Join(r.dir, cellsDir, t.Name()+".json"))
		if err != nil || !ok || o.Key != t.key || !o.over() {
			return j, false, err
		}
		outcomes, keys = append(outcomes, o), append(keys, t.key)
	}
	best := Choose(outcomes)
	if best < 0 {
		j.key = checksum(j.Cell, keys)
		j.problem = fmt.Errorf("all %d trials of its settings diverged: give the study smaller rates", len(outcomes))
		return j, true, nil
	}
	j, err = r.job(j.Cell, j.trials[best].Trial, r.use(j.Task))
	return j, err == nil, err
}
