package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"xpt/internal/claim"
	"xpt/internal/interrupted"
	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/metrics"
	"xpt/training"
	"xpt/xglm"
)

// ErrFailed is Run's error if cells failed.
var ErrFailed = errors.New("failed")

// Listener receives the progress of a study.
type Listener struct {
	Warn  func(line string)
	Waits func(line string) // for cells of other processes: once before it looks at them again and again
	Began func(c Cell)
	At    func(what string, done, of int) // progress of the running cell
	Ended func(c Cell, end End, o Outcome)
}

// End is the way a cell ended in this run.
type End string

const (
	EndedDone      End = Done
	EndedFailed    End = Failed
	EndedDiverged  End = Diverged         // a trial
	EndedBefore    End = "done before"    // its outcome was up to date
	EndedElsewhere End = "done elsewhere" // by another process in the meantime

	inWork End = "in work elsewhere" // it has not ended
)

// runner is a running plan.
type runner struct {
	*Plan
	listen    Listener
	data      *train.Data // of the current task
	warned    map[string]bool
	failed    map[string]time.Time // cells that had failed before, and when
	elsewhere map[string]string    // what other processes worked on when it was last looked at, with by whom
	claim     *claim.Claim         // on the running cell
}

// Run runs the shard's cells, of which it shares those of the same folder with other processes that run them, on this machine and others:
// each claims the cells it works on, takes over those of processes that are dead, and waits for the others before it returns. It skips
// finished cells and resumes interrupted ones. Failed cells are recorded and run again by the next Run. A cancelled ctx stops it after
// saving.
func (p *Plan) Run(ctx context.Context, shard Shard, listen Listener) error {
	if err := p.begin(); err != nil {
		return err
	}
	r := &runner{Plan: p, listen: listen, warned: map[string]bool{}, failed: map[string]time.Time{}, elsewhere: map[string]string{}}
	for _, name := range p.Tasks {
		if leftOut := transfer.LeftOutText(name, p.tasks[name].split, p.tasks[name].leftOut); leftOut != "" {
			listen.Warn(leftOut)
		}
	}
	mine := p.mine(shard)
	if err := r.lookBack(mine); err != nil {
		return err
	}
	failed, left, analysed := 0, mine, shard.Number != 1
	for waited := false; ; {
		if !analysed {
			if err := r.analyse(ctx); err != nil {
				return err
			}
			analysed = r.elsewhere[analysesDir] == ""
		}
		later, failures, err := r.pass(ctx, left)
		if err != nil {
			return err
		}
		waited, failed = waited && len(later) == len(left), failed+failures
		if left = later; len(left) == 0 && analysed {
			break
		}
		if len(r.elsewhere) == 0 {
			listen.Warn(fmt.Sprintf("%d of %d cells are left, since trials that choose their settings or runs that they start from have not ended in %s: run the same command again once they have: %s",
				len(left), len(mine), r.dir, strings.Join(names(left), ", ")))
			break
		}
		if err := r.wait(ctx, waited); err != nil {
			return err
		}
		waited = true
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cells %w: the same command tries them again", failed, len(mine), ErrFailed)
	}
	return nil
}

// pass runs the cells that can be run now. Left are those that others work on, and those whose settings trials have yet to choose.
func (r *runner) pass(ctx context.Context, jobs []job) (left []job, failed int, err error) {
	for {
		left = nil
		for _, j := range jobs {
			if err := ctx.Err(); err != nil {
				return nil, 0, stopped(err)
			}
			ready, ok, err := r.chosen(j)
			if err != nil {
				return nil, 0, err
			}
			if !ok {
				left = append(left, j)
				continue
			}
			if err := r.checkFolder(); err != nil {
				return nil, 0, err
			}
			o, end, err := r.cell(ctx, ready)
			if ctx.Err() != nil && end != EndedDone {
				return nil, 0, stopped(ctx.Err())
			}
			switch {
			case err != nil:
				return nil, 0, err
			case end == inWork:
				left = append(left, j)
				continue
			case end == EndedFailed:
				failed++
			}
			r.listen.Ended(j.Cell, end, o)
		}
		if len(left) == len(jobs) || len(left) == 0 {
			return left, failed, nil
		}
		jobs = left // of which trials may have chosen the settings by now
	}
}

// wait says what it waits for, unless it has waited for it before, frees the backbone, and lets some time pass.
func (r *runner) wait(ctx context.Context, before bool) error {
	if !before {
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(r.elsewhere)) {
			lines = append(lines, name+", "+r.elsewhere[name])
		}
		if more := len(lines) - 3; more > 0 {
			lines = append(lines[:3], fmt.Sprintf("and %d others", more))
		}
		r.listen.Waits("waits for what others work on: " + strings.Join(lines, "; "))
		if err := r.base.Close(); err != nil {
			return err
		}
	}
	return pause(ctx)
}

// pause lets some time pass before claims are looked at again.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return stopped(ctx.Err())
	case <-time.After(claim.Renewal / 4):
		return nil
	}
}

func stopped(err error) error {
	return interrupted.Errorf(err, "stopped, and saved: the same command goes on")
}

// Mine are the cells of a shard, its trials first.
func (p *Plan) Mine(shard Shard) (cells []Cell) {
	for _, j := range p.mine(shard) {
		cells = append(cells, j.Cell)
	}
	return cells
}

func (p *Plan) mine(shard Shard) (mine []job) {
	jobs := p.all()
	for _, i := range shard.of(slices.Concat(p.Trials, p.Cells, p.FewShot)) {
		mine = append(mine, jobs[i])
	}
	return mine
}

func names(jobs []job) (names []string) {
	for _, j := range jobs {
		names = append(names, j.Name())
	}
	return names
}

// begin makes the folder and writes the study.
func (p *Plan) begin() error {
	if info, err := os.Stat(p.dir); err == nil && !info.IsDir() {
		return usererror.Errorf("%s is no folder: name another", p.dir)
	}
	entries, err := os.ReadDir(p.dir)
	if err == nil && len(entries) > 0 {
		_, noCells := os.Stat(filepath.Join(p.dir, cellsDir))
		if _, err := Read(p.dir); err != nil && noCells != nil {
			return usererror.Errorf("%s is not empty, and holds no study: name another folder", p.dir)
		}
	}
	if err := os.MkdirAll(filepath.Join(p.dir, cellsDir), 0o777); err != nil {
		return err
	}
	last, err := claim.Look(filepath.Join(p.dir, claimsDir), reportClaim)
	if err != nil {
		return err
	}
	p.reports = last.Generation
	return writeJSON(filepath.Join(p.dir, studyFile), p.Study)
}

// checkFolder refuses to go on where another study has been started in the folder.
func (p *Plan) checkFolder() error {
	s, err := Read(p.dir)
	if err != nil {
		return err
	}
	if s.Command = p.Command; checksum(s) != checksum(p.Study) {
		return usererror.Errorf("another study has been started in %s: give one of them another folder with --out", p.dir)
	}
	return nil
}

// lookBack looks at the results of earlier runs. It warns of those that the study will replace, before anything is computed: the folder
// may be named by mistake. Cells whose trials have not ended may be among them or not.
func (r *runner) lookBack(mine []job) error {
	var replaced []job
	for _, j := range mine {
		j, known, err := r.chosen(j)
		if err != nil {
			return err
		}
		old, ok, err := read[Outcome](r.outcomePath(j))
		if err != nil {
			return err
		}
		if ok && old.Status == Failed {
			r.failed[j.Name()] = old.Ended
		}
		if known && ok && old.over() && old.Key != j.key {
			replaced = append(replaced, j)
		}
	}
	if replaced != nil {
		r.listen.Warn(fmt.Sprintf("%s has %d of %d cells done with other settings, dtype, weights or data; they are run again, and replaced: %s",
			r.dir, len(replaced), len(mine), strings.Join(names(replaced), ", ")))
	}
	return nil
}

func (p *Plan) outcomePath(j job) string { return filepath.Join(p.dir, cellsDir, j.Name()+".json") }

// take claims a cell, or the analyses. held is nil where another process works on it.
func (r *runner) take(ctx context.Context, name string) (held context.Context, err error) {
	held, r.claim, err = claim.Take(ctx, filepath.Join(r.dir, claimsDir), name)
	if errors.Is(err, claim.ErrTaken) {
		r.elsewhere[name] = err.Error()
		return nil, nil
	}
	delete(r.elsewhere, name)
	if err == nil && r.claim.Before != "" {
		r.listen.Warn(fmt.Sprintf("%s is taken over from %s", name, r.claim.Before))
	}
	return held, err
}

// cell runs a cell, unless it has ended or another process works on it. An error ends the study.
func (r *runner) cell(ctx context.Context, j job) (o Outcome, end End, err error) {
	was := r.elsewhere[j.Name()] != ""
	if o, end, err = r.ended(j, was); err != nil || end != "" && !r.lacks(j) {
		return o, end, err
	}
	held, err := r.take(ctx, j.Name())
	if held == nil {
		return o, inWork, err
	}
	defer func() { err = errors.Join(err, r.claim.Release("")) }()
	if o, end, err = r.ended(j, was); err != nil || end == EndedFailed { // since it was looked at
		return o, end, err
	}
	if end != "" {
		r.backfillDistances(held, j)
		return o, end, r.drop(j)
	}
	if o.Key != "" && o.Key != j.key { // of other settings or data: not for a report
		if err := os.Remove(r.outcomePath(j)); err != nil {
			return o, "", err
		}
	}
	r.listen.Began(j.Cell)
	o, err = r.compute(held, j)
	if lost := r.claim.Check(); lost != nil {
		if errors.Is(lost, claim.ErrLost) {
			r.elsewhere[j.Name()] = "taken over by another process"
			lost = nil
		}
		return o, inWork, lost
	}
	switch {
	case err == nil:
		o.Status = Done
	case ctx.Err() != nil:
		return o, EndedFailed, nil
	case errors.Is(err, train.ErrInUse): // by xpt train, on the run's own folder
		r.elsewhere[j.Name()] = "in work by xpt train"
		return o, inWork, nil
	default:
		o.Status, o.Error, o.Record.Options = Failed, strings.ReplaceAll(err.Error(), "\n", "; "), j.options
		if j.Trial != "" && errors.As(err, &train.Diverged{}) {
			o.Status = Diverged
		}
	}
	if err := WriteOutcome(r.dir, o); err != nil {
		return o, "", err
	}
	if o.Status != Done {
		return o, End(o.Status), nil
	}
	return o, EndedDone, r.drop(j)
}

// ended tells how a cell ended, in this study or before; an empty end: it is to be run. One that another process failed at since Run
// began is left to the next Run.
func (r *runner) ended(j job, elsewhere bool) (o Outcome, end End, err error) {
	o, ok, err := read[Outcome](r.outcomePath(j))
	switch {
	case err != nil || !ok || o.Key != j.key:
	case o.over() && elsewhere:
		end = EndedElsewhere
	case o.over():
		end = EndedBefore
	case !o.Ended.Equal(r.failed[j.Name()]):
		end = EndedFailed
	}
	if end != "" {
		delete(r.elsewhere, j.Name())
	}
	return o, end, err
}

// lacks tells whether something is left to do about a cell that is done.
func (r *runner) lacks(j job) bool {
	return r.lacksDistances(j) || r.drops(j) && train.HasWeights(r.runDir(j.Cell))
}

// compute computes a cell's outcome, but for its status.
func (r *runner) compute(ctx context.Context, j job) (o Outcome, err error) {
	switch {
	case j.problem != nil:
		err = j.problem
	case j.Method == Likelihood:
		o, err = r.likelihood(ctx, j)
	case j.Trial != "":
		o, err = r.trial(ctx, j)
	default:
		o, err = r.trained(ctx, j)
	}
	o.Cell, o.Key, o.Ended = j.Cell, j.key, time.Now().UTC().Truncate(time.Second)
	if j.Trial == "" {
		o.Split, o.LeftOut = r.tasks[j.Task].split, r.tasks[j.Task].leftOut
	}
	return o, err
}

// drop removes the weights of a fine-tuned backbone if the study file says so.
func (r *runner) drop(j job) error {
	if !r.drops(j) {
		return nil
	}
	return train.DropWeights(r.runDir(j.Cell))
}

func (r *runner) drops(j job) bool {
	method, _ := train.LookupMethod(j.Method)
	return r.file.Keep == keepPrompts && method.TrainsBackbone
}

func (p *Plan) runDir(c Cell) string { return filepath.Join(p.dir, runsDir, c.Name()) }

// use returns a task's data, read once for all of its cells; it releases the data of the task before.
func (r *runner) use(name string) *train.Data {
	if r.data == nil || r.data.Task.Name != name {
		r.data = train.NewData(r.tasks[name].Task, r.file.resolve(r.file.Data))
	}
	return r.data
}

// trial trains a trial, unless its run is finished. Its outcome is the best evaluation on the dev set.
func (r *runner) trial(ctx context.Context, j job) (o Outcome, err error) {
	dir := r.runDir(j.Cell)
	if o.Record, err = r.fit(ctx, r.use(j.Task), j, dir); err != nil {
		return o, err
	}
	o.Record, err = train.ReadRecord(dir) // the same, whether it was trained just now or before a break
	o.Seconds = o.Record.Seconds
	return o, err
}

// trained trains a cell, unless its run is finished, and evaluates it.
func (r *runner) trained(ctx context.Context, j job) (o Outcome, err error) {
	data := r.use(j.Task)
	dir := r.runDir(j.Cell)
	if o.Record, err = r.fit(ctx, data, j, dir); err != nil {
		return o, err
	}
	l, record, err := r.open(dir)
	if err != nil {
		return o, err
	}
	defer l.Close()
	o.Record = record
	// What is read and encoded stays for later cells, so it counts for none.
	for _, language := range j.languages {
		part, err := data.Drawn(r.tasks[j.Task].split, language, r.limit())
		if err == nil {
			_, err = data.Items(l.Encoder, part)
		}
		if err != nil {
			return o, err
		}
	}
	started := time.Now()
	languages, err := transfer.Evaluate(ctx, l, record, data, r.tasks[j.Task].split, j.languages, r.limit(), func(language string, done, rows int) {
		r.listen.At("evaluates "+cmp.Or(language, "the dev set"), done, rows)
	})
	if err != nil {
		return o, err
	}
	if err := r.saveResults(j, &o, languages); err != nil {
		return o, err
	}
	o.Seconds = record.Seconds + time.Since(started).Seconds()
	r.writeDistances(ctx, j, l)
	return o, nil
}

// bare and open return models with prepacked weights, so that a resumed study computes the same bits. bare is the frozen backbone
// alone.
func (p *Plan) bare() (*train.Learner, error) {
	l, err := p.base.Open("")
	if err != nil {
		return nil, err
	}
	return l, l.Model.Prepare(xglm.Many, false)
}

func (p *Plan) open(dir string) (*train.Learner, training.Record, error) {
	l, record, err := p.base.OpenRun(dir)
	if err != nil {
		return nil, record, err
	}
	if err := l.Model.Prepare(xglm.Many, false); err != nil {
		return nil, record, errors.Join(err, l.Close())
	}
	return l, record, nil
}

// fit returns the finished run of a cell: it reuses or resumes the run in dir, or trains.
func (r *runner) fit(ctx context.Context, data *train.Data, j job, dir string) (training.Record, error) {
	run := train.NewRun(dir, j.options)
	if train.IsRun(dir) {
		record, err := train.ReadRecord(dir)
		if err != nil {
			return record, fmt.Errorf("%w (remove %s, and the cell starts anew)", err, dir)
		}
		same := r.same(record, j)
		switch {
		case same && record.Finished && train.HasWeights(dir):
			return record, train.DropState(dir)
		case same && !record.Finished:
			if run, err = train.Resume(dir); err != nil {
				return record, err
			}
			run.Options = j.options // current paths of checkpoint and data
		default: // other settings, or without weights
			if err := train.Remove(dir); err != nil {
				return record, err
			}
		}
	}
	run.Guard = r.claim.Check
	defer run.Close()
	if method, _ := train.LookupMethod(j.Method); method.TrainsBackbone { // it has a model of its own, and its memory is its own
		if err := r.base.Close(); err != nil {
			return training.Record{}, err
		}
	}
	record, err := train.Fit(ctx, r.base, data, run, func(e training.Event) {
		switch e := e.(type) {
		case training.Warning:
			if line := string(e); !r.warned[line] {
				r.warned[line] = true
				r.listen.Warn(line)
			}
		case training.Step:
			r.listen.At("trains", e.Step, e.Total)
		}
	})
	if err != nil {
		return record, err
	}
	return record, train.DropState(dir)
}

// same tells whether a run has a cell's settings and data.
func (r *runner) same(record training.Record, j job) bool {
	return withoutPaths(record.Options) == withoutPaths(j.options) && record.DType == r.dtype && record.Data == j.training && j.startsFrom(record) &&
		(j.options.FromScratch || record.Backbone == r.backbone)
}

// saveResults writes the predictions, and adds the results to the outcome.
func (r *runner) saveResults(j job, o *Outcome, languages []metrics.LanguageResult) error {
	t := r.tasks[j.Task]
	if err := transfer.WritePredictions(filepath.Join(r.dir, predictionsDir, j.Name()), r.use(j.Task), t.split, r.limit(), languages); err != nil {
		return err
	}
	for _, l := range languages {
		o.Languages = append(o.Languages, LanguageResult{l, l.ByExample, t.digests[l.Code]})
	}
	return nil
}
