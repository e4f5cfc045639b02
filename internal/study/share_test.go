package study

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xpt/internal/claim"
	"xpt/internal/train"
)

// foreignClaim is a claim of a process on another machine, as its file holds it.
const foreignClaim = `{"host":"node3","machine":"another boot","pid":7,"start":"1","id":"theirs","renewals":0,"released":false}`

// quick makes claims expire within two seconds or so.
func quick(t *testing.T) {
	was := claim.Renewal
	claim.Renewal = 400 * time.Millisecond
	t.Cleanup(func() { claim.Renewal = was })
}

// claimed writes the file of a claim that is as old as that.
func claimed(t *testing.T, dir, name, text string, age time.Duration) string {
	t.Helper()
	path := filepath.Join(dir, claimsDir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	write(t, path, text)
	then := time.Now().Add(-age)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
	return path
}

// one is a study of two cells.
var one = strings.NewReplacer(settingsOfXNLI, "", "[udpos, xnli]", "[udpos]", ", likelihood", "", "[last, first]", "[last]").Replace(small)

// What others work on is waited for, and taken from them once they are silent; broken claims are as good as silent ones. A training
// that is taken over goes on from its saved state, and ends as one that was not.
func TestTakenOver(t *testing.T) {
	quick(t)
	dir := workshop(t, one)
	run(t, plan(t, dir, "whole"), all)
	const cell = "udpos-full-last-7"
	for name, c := range map[string]struct {
		text string
		age  time.Duration
	}{"silent": {foreignClaim, time.Hour}, "fresh": {foreignClaim, -4 * time.Second}, "empty": {"", -4 * time.Second}, "cut": {foreignClaim[:40], time.Hour}} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(dir, name)
			ctx, cancel := context.WithCancel(context.Background())
			listen := silent(t, map[string]End{})
			listen.At = func(what string, done, _ int) {
				if what == "trains" && done == 2 {
					cancel()
				}
			}
			if err := plan(t, dir, name).Run(ctx, all, listen); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			p := plan(t, dir, name)
			claimed(t, out, cell+".2", c.text, c.age)
			ends, waited, first := map[string]End{}, "", 0
			listen = silent(t, ends)
			listen.Waits = func(line string) { waited = line }
			listen.At = func(what string, done, _ int) {
				if what == "trains" && first == 0 {
					first = done
				}
			}
			prompts := ""
			listen.Began = func(c Cell) {
				if c.Method == "prompt" { // not first of all where the claim is fresh
					prompts = waited
				} else if first = 0; name == "fresh" && prompts != "" {
					t.Errorf("waited for %q before it ran what was free", prompts)
				}
			}
			if err := p.Run(context.Background(), all, listen); err != nil {
				t.Fatal(err)
			}
			if ends[cell] != EndedDone || first != 3 {
				t.Errorf("ended as %q, and went on with step %d", ends[cell], first)
			}
			if waits := c.age < 0; waits != (waited != "") || name == "fresh" && !strings.Contains(waited, cell+", in work elsewhere, by process 7 on node3") {
				t.Errorf("waited: %q", waited)
			}
			same(t, name, outcomes(t, out), outcomes(t, filepath.Join(dir, "whole")))
			if weights := "runs/" + cell + "/best.safetensors"; contents(t, filepath.Join(out, weights)) != contents(t, filepath.Join(dir, "whole", weights)) {
				t.Error("other weights")
			}
		})
	}
}

// A process that lost a claim writes nothing more of the cell, and looks at it again once its new owner has given it up.
func TestLostClaim(t *testing.T) {
	quick(t)
	dir := workshop(t, one)
	run(t, plan(t, dir, "whole"), all)
	const cell = "udpos-full-last-7"
	out := filepath.Join(dir, "out")
	owned := filepath.Join(out, claimsDir, cell+".2")
	at, lost := "", map[string]string{}
	ends := map[string]End{}
	listen := silent(t, ends)
	listen.At = func(what string, done, _ int) {
		if at == cell && what == "trains" && done == 2 && len(lost) == 0 {
			claimed(t, out, cell+".2", foreignClaim, 0)
			time.Sleep(4 * claim.Renewal)
			lost = tree(t, filepath.Join(out, runsDir, cell))
		}
	}
	compared := false
	listen.Began = func(c Cell) {
		if at = c.Name(); at == cell || compared {
			return
		}
		compared = true
		now := tree(t, filepath.Join(out, runsDir, cell))
		for _, name := range []string{"run.json", "state.safetensors", "best.safetensors"} {
			if len(lost) == 0 || now[name] != lost[name] {
				t.Errorf("%s was written after the claim was lost", name)
			}
		}
		if _, err := os.Stat(filepath.Join(out, cellsDir, cell+".json")); err == nil {
			t.Error("an outcome was written after the claim was lost")
		}
		write(t, owned, strings.Replace(foreignClaim, "false", "true", 1))
	}
	if err := plan(t, dir, "out").Run(context.Background(), all, listen); err != nil {
		t.Fatal(err)
	}
	if !compared || ends[cell] != EndedDone {
		t.Errorf("ends %v", ends)
	}
	same(t, "taken back", outcomes(t, out), outcomes(t, filepath.Join(dir, "whole")))
}

// What another process ends meanwhile is not run again, whether it is done or failed; the analyses are shared too.
func TestEndedElsewhere(t *testing.T) {
	quick(t)
	dir := workshop(t, one)
	run(t, plan(t, dir, "whole"), all)
	whole, out := filepath.Join(dir, "whole"), filepath.Join(dir, "out")
	released := strings.Replace(foreignClaim, "false", "true", 1)
	p := plan(t, dir, "out")
	if err := p.begin(); err != nil {
		t.Fatal(err)
	}
	claims := []string{"udpos-full-last-7.1", "udpos-prompt-last-7.1", "analyses.1"}
	for _, name := range claims {
		claimed(t, out, name, foreignClaim, 0)
	}
	ends := map[string]End{}
	listen := silent(t, ends)
	listen.Began = func(c Cell) { t.Errorf("%s was run", c.Name()) }
	listen.Waits = func(string) {
		list, err := ReadOutcomes(whole)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range list {
			if o.Method == "prompt" {
				o.Status, o.Error = Failed, "for a test"
			}
			if err := WriteOutcome(out, o); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.CopyFS(filepath.Join(out, analysesDir), os.DirFS(filepath.Join(whole, analysesDir))); err != nil {
			t.Fatal(err)
		}
		for _, name := range claims {
			claimed(t, out, name, released, 0)
		}
	}
	err := p.Run(context.Background(), all, listen)
	if !errors.Is(err, ErrFailed) || ends["udpos-full-last-7"] != EndedElsewhere || ends["udpos-prompt-last-7"] != EndedFailed {
		t.Errorf("ends %v, %v", ends, err)
	}
	// The next one tries it again.
	if ends := run(t, plan(t, dir, "out"), all); ends["udpos-full-last-7"] != EndedBefore || ends["udpos-prompt-last-7"] != EndedDone {
		t.Errorf("again: %v", ends)
	}
}

// A run folder that xpt train is in is waited for too.
func TestRunInUse(t *testing.T) {
	quick(t)
	dir := workshop(t, one)
	folder := filepath.Join(dir, "out", runsDir, "udpos-full-last-7")
	p := plan(t, dir, "out")
	if err := errors.Join(p.begin(), os.MkdirAll(folder, 0o777)); err != nil {
		t.Fatal(err)
	}
	lock, err := train.Lock(filepath.Join(folder, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	ends, waited := map[string]End{}, ""
	listen := silent(t, ends)
	listen.Waits = func(line string) {
		waited = line
		lock.Close()
	}
	if err := p.Run(context.Background(), all, listen); err != nil || ends["udpos-full-last-7"] != EndedDone || !strings.Contains(waited, "xpt train") {
		t.Errorf("ends %v, %v, waited %q", ends, err, waited)
	}
}

// Of processes that run the study side by side one makes the report, which a later run makes again.
func TestOneReport(t *testing.T) {
	quick(t)
	dir := workshop(t, one)
	a, b := plan(t, dir, "out"), plan(t, dir, "out")
	run(t, a, all)
	run(t, b, all)
	made := 0
	write := func() error { made++; return nil }
	for _, p := range []*Plan{a, b} {
		if err := p.Report(context.Background(), write); err != nil {
			t.Fatal(err)
		}
	}
	if made != 1 {
		t.Errorf("%d reports", made)
	}
	run(t, b, all)
	if err := b.Report(context.Background(), write); err != nil || made != 2 {
		t.Errorf("a later run: %d reports, %v", made, err)
	}
	// One that fails is another's to make, and so is that of a process that is gone.
	run(t, a, all)
	run(t, b, all)
	failure := errors.New("disk full")
	if err := a.Report(context.Background(), func() error { return failure }); !errors.Is(err, failure) {
		t.Error(err)
	}
	claimed(t, filepath.Join(dir, "out"), "report.4", foreignClaim, time.Hour)
	if err := b.Report(context.Background(), write); err != nil || made != 3 {
		t.Errorf("after a failure: %d reports, %v", made, err)
	}
}

// Of two studies in one folder the one before ends, and says so.
func TestAnotherStudyInTheFolder(t *testing.T) {
	dir := workshop(t, one)
	p := plan(t, dir, "out")
	listen := silent(t, map[string]End{})
	listen.Began = func(Cell) {
		other := p.Study
		other.Title = "Another"
		if err := writeJSON(filepath.Join(p.dir, studyFile), other); err != nil {
			t.Error(err)
		}
	}
	if err := p.Run(context.Background(), all, listen); err == nil || !strings.Contains(err.Error(), "another study has been started in "+p.dir) {
		t.Error(err)
	}
}
