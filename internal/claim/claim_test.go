package claim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// soon makes claims expire within a second.
func soon(t *testing.T) {
	was := Renewal
	Renewal = 100 * time.Millisecond
	t.Cleanup(func() { Renewal = was })
}

// never makes claims expire only where a test says that they are old.
func never(t *testing.T) {
	was := Renewal
	Renewal = time.Hour
	t.Cleanup(func() { Renewal = was })
}

func take(t *testing.T, folder string) (context.Context, *Claim) {
	t.Helper()
	held, c, err := Take(context.Background(), folder, "cell")
	if err != nil {
		t.Fatal(err)
	}
	return held, c
}

// foreign writes a claim of another machine.
func foreign(t *testing.T, folder string, n int) string {
	t.Helper()
	path := generation(folder, "cell", n)
	text := `{"host":"elsewhere","machine":"another boot","pid":7,"start":"1","id":"theirs","renewals":0,"released":false}`
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func older(t *testing.T, path string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

func TestClaim(t *testing.T) {
	never(t)
	folder := filepath.Join(t.TempDir(), "claims")
	held, c := take(t, folder)
	_, _, err := Take(context.Background(), folder, "cell")
	if want := fmt.Sprintf("in work elsewhere, by process %d on ", os.Getpid()); !errors.Is(err, ErrTaken) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("a second one: %v", err)
	}
	if _, other, err := Take(context.Background(), folder, "cell.1"); err != nil || other.Release("") != nil {
		t.Errorf("another name: %v", err)
	}
	if held.Err() != nil || c.Check() != nil {
		t.Errorf("held: %v, %v", held.Err(), c.Check())
	}
	if err := c.Release("said"); err != nil || held.Err() == nil {
		t.Errorf("released: %v, %v", err, held.Err())
	}
	if last, err := Look(folder, "cell"); err != nil || last != (Last{1, "said"}) {
		t.Errorf("what is left: %+v, %v", last, err)
	}
	_, c = take(t, folder)
	defer c.Release("")
	if last, err := Look(folder, "cell"); err != nil || last != (Last{2, ""}) {
		t.Errorf("taken again: %+v, %v", last, err)
	}
}

// A process that is gone is followed at once, also where its number is another's now, and one that its parent has not waited for.
func TestOwnerIsGone(t *testing.T) {
	never(t)
	process := exec.Command("sleep", "60")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer process.Process.Kill()
	pid := process.Process.Pid
	for _, c := range []struct {
		name    string
		machine string
		pid     int
		start   string
		kill    bool
		free    bool
	}{
		{"runs", machine(), pid, start(pid), false, false},
		{"another start", machine(), pid, "1", false, true},
		{"another machine", "another boot", 1 << 30, "1", false, false},
		{"gone", machine(), 1 << 30, "1", false, true},
		{"dead", machine(), pid, start(pid), true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.kill {
				defer process.Wait()
				process.Process.Signal(syscall.SIGKILL)
				for range 100 {
					if start(pid) == "" {
						break
					}
					time.Sleep(10 * time.Millisecond)
				}
			}
			folder := t.TempDir()
			text := fmt.Sprintf(`{"host":"h","machine":%q,"pid":%d,"start":%q,"id":"x"}`, c.machine, c.pid, c.start)
			if err := os.WriteFile(generation(folder, "cell", 1), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			_, mine, err := Take(context.Background(), folder, "cell")
			if (err == nil) != c.free {
				t.Errorf("taken: %v", err)
			}
			if err == nil {
				mine.Release("")
			}
		})
	}
}

// Another machine's claim is taken over once it was not renewed for a time by the clock of the file server, here one that is an hour
// behind: only the difference of its times counts.
func TestSilentOwner(t *testing.T) {
	soon(t)
	folder := t.TempDir()
	path := foreign(t, folder, 3)
	if _, _, err := Take(context.Background(), folder, "cell"); !errors.Is(err, ErrTaken) || !strings.HasSuffix(err.Error(), "by process 7 on elsewhere") {
		t.Errorf("a fresh claim: %v", err)
	}
	older(t, path, 2*Expiry())
	held, c := take(t, folder)
	defer c.Release("")
	if last, err := Look(folder, "cell"); err != nil || last.Generation != 4 || c.Before != "process 7 on elsewhere" {
		t.Errorf("taken over from %q: %+v, %v", c.Before, last, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 0 {
		t.Errorf("the old owner would not see it in its file: %v, %v", info, err)
	}
	time.Sleep(2 * Expiry())
	if held.Err() != nil || c.Check() != nil {
		t.Errorf("it is not renewed: %v", context.Cause(held))
	}
	if _, _, err := Take(context.Background(), folder, "cell"); !errors.Is(err, ErrTaken) {
		t.Errorf("a claim that is renewed: %v", err)
	}
}

// An owner that was kept from renewing learns that it lost the claim before the next one begins, and leaves the claim to it.
func TestLost(t *testing.T) {
	soon(t)
	folder := t.TempDir()
	held, c := take(t, folder)
	c.mutex.Lock() // as if the process slept
	time.Sleep(2 * Expiry())
	type result struct {
		c   *Claim
		err error
	}
	second := make(chan result)
	go func() {
		_, c, err := Take(context.Background(), folder, "cell")
		second <- result{c, err}
	}()
	for last := (Last{}); last.Generation < 2; last, _ = Look(folder, "cell") {
		time.Sleep(time.Millisecond)
	}
	c.mutex.Unlock()
	if err := c.Check(); !errors.Is(err, ErrLost) {
		t.Errorf("the check: %v", err)
	}
	<-held.Done()
	if !errors.Is(context.Cause(held), ErrLost) {
		t.Errorf("the cause: %v", context.Cause(held))
	}
	new := <-second
	if new.err != nil {
		t.Fatal(new.err)
	}
	if err := c.Release("old"); err != nil {
		t.Error(err)
	}
	if err := new.c.Check(); err != nil {
		t.Errorf("the new owner: %v", err)
	}
	if err := new.c.Release("new"); err != nil {
		t.Error(err)
	}
	if last, err := Look(folder, "cell"); err != nil || last != (Last{2, "new"}) {
		t.Errorf("what is left: %+v, %v", last, err)
	}
}

// Where the folder's listing is old, as NFS may show it, the emptied file alone tells an owner; one that is gone does so too.
func TestLostByItsFile(t *testing.T) {
	soon(t)
	for _, spoil := range []func(path string) error{os.Remove, func(path string) error { return os.Truncate(path, 0) }} {
		held, c := take(t, t.TempDir())
		if err := spoil(c.path); err != nil {
			t.Fatal(err)
		}
		<-held.Done()
		if !errors.Is(context.Cause(held), ErrLost) || c.Release("") != nil {
			t.Errorf("the cause: %v", context.Cause(held))
		}
	}
}

// A broken claim may be one that is being written: it is taken over by its age.
func TestBrokenClaims(t *testing.T) {
	soon(t)
	for _, text := range []string{"", "{", "null", `{"machine":"x"}`, `{"id":"x","pid":-1}`, strings.Repeat("x", 1000), "\x00\x00"} {
		folder := t.TempDir()
		path := generation(folder, "cell", 1)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Take(context.Background(), folder, "cell"); !errors.Is(err, ErrTaken) {
			t.Errorf("%.10q: %v", text, err)
		}
		older(t, path, 2*Expiry())
		_, c := take(t, folder)
		if err := c.Release(""); err != nil {
			t.Error(err)
		}
	}
}

// Of many who find a claim free one gets it, and a takeover that was thought over for long is refused.
func TestOneTakesOver(t *testing.T) {
	never(t)
	for range 20 {
		folder := t.TempDir()
		text := fmt.Sprintf(`{"host":"h","machine":%q,"pid":%d,"start":"1","id":"x"}`, machine(), 1<<30)
		if err := os.WriteFile(generation(folder, "cell", 1), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		var got atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				_, _, err := Take(context.Background(), folder, "cell")
				if err == nil {
					got.Add(1)
				} else if !errors.Is(err, ErrTaken) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got.Load() != 1 {
			t.Fatalf("%d have the claim", got.Load())
		}
	}
	folder := t.TempDir()
	for range 3 {
		_, c := take(t, folder)
		c.Release("")
	}
	late := &Claim{path: generation(folder, "cell", 2), owner: me()} // it looked when generation 1 was the newest
	if err := late.create(); !errors.Is(err, ErrTaken) {
		t.Errorf("a late one: %v", err)
	}
}

// Whoever is cancelled while it waits for a silent owner gives up what it took.
func TestCancelledTakeover(t *testing.T) {
	soon(t)
	folder := t.TempDir()
	older(t, foreign(t, folder, 1), 2*Expiry())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Take(ctx, folder, "cell"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	never(t)
	_, c := take(t, folder)
	c.Release("")
}
