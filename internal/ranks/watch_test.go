package ranks

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"xpt/internal/usererror"
)

// watches connects n of them.
func watches(t *testing.T, n int) []*watch {
	t.Helper()
	address := make(chan string, 1)
	all := []*watch{newWatch(0)}
	served := make(chan error)
	go func() {
		served <- all[0].serve(t.Context(), "127.0.0.1", n, func(a string) error {
			address <- a
			return nil
		})
	}()
	at := <-address
	stranger, err := net.Dial("tcp", strings.Fields(at)[0])
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(stranger, helloWord, 1, "of another group")
	for rank := 1; rank < n; rank++ {
		w := newWatch(rank)
		if err := w.join(t.Context(), at); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	return all
}

func waitLost(t *testing.T, w *watch) error {
	t.Helper()
	select {
	case <-w.lost:
		return w.failure()
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is lost")
		return nil
	}
}

// All learn who has ended, also of one that they have no connection to, and why.
func TestWatchTellsWhoEnded(t *testing.T) {
	for _, c := range []struct {
		gone int
		end  func(w *watch)
		want string
		user bool
	}{
		{1, func(w *watch) { w.conns[0].Close() }, "rank 1 has ended", false},
		{0, func(w *watch) { w.conns[1].Close(); w.conns[2].Close() }, "rank 0 has ended", false},
		{2, func(w *watch) { w.close(usererror.New("no such file"), false) }, "rank 2 has ended: no such file", true},
		{0, func(w *watch) { w.close(errors.New("disk full"), false) }, "rank 0 has ended: disk full", false},
	} {
		all := watches(t, 3)
		c.end(all[c.gone])
		for rank, w := range all {
			if rank == c.gone {
				continue
			}
			err := waitLost(t, w)
			if err.Error() != c.want || errors.As(err, new(*usererror.Error)) != c.user {
				t.Errorf("rank %d: %v, want %s", rank, err, c.want)
			}
		}
		for _, w := range all {
			w.close(nil, false)
		}
	}
}

// Processes may come one long after another; where one ends meanwhile the others do not wait for the rest.
func TestWatchWaitsForTheLast(t *testing.T) {
	defer func(b, s time.Duration) { beat, silence = b, s }(beat, silence)
	beat, silence = 20*time.Millisecond, 400*time.Millisecond
	address, served := make(chan string, 1), make(chan error, 1)
	first, second := newWatch(0), newWatch(1)
	go func() {
		served <- first.serve(t.Context(), "127.0.0.1", 3, func(a string) error {
			address <- a
			return nil
		})
	}()
	if err := second.join(t.Context(), <-address); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * silence)
	if err := second.failure(); err != nil {
		t.Fatal(err)
	}
	second.close(errors.New("disk full"), false)
	select {
	case err := <-served:
		if err == nil || err.Error() != "rank 1 has ended: disk full" {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Error("rank 0 waits")
	}
	first.close(nil, false)
}

// A process that says nothing hangs; those that say nothing but that they are alive do not.
func TestWatchFindsWhoHangs(t *testing.T) {
	defer func(b, s time.Duration) { beat, silence = b, s }(beat, silence)
	beat, silence = 20*time.Millisecond, 400*time.Millisecond
	all := watches(t, 3)
	time.Sleep(2 * silence)
	if err := all[1].failure(); err != nil {
		t.Fatal(err)
	}
	close(all[2].stop) // no beats
	for rank, w := range all[:2] {
		if err := waitLost(t, w); !strings.HasPrefix(err.Error(), "rank 2 has said nothing for 400ms") {
			t.Errorf("rank %d: %v", rank, err)
		}
	}
	all[2].stop = make(chan struct{})
	for _, w := range all {
		w.close(nil, false)
	}
}

// Who leaves with the others is not lost.
func TestWatchGoodbye(t *testing.T) {
	all := watches(t, 3)
	all[1].close(nil, false)
	all[2].close(errors.New("stopped"), true)
	time.Sleep(200 * time.Millisecond)
	if err := all[0].failure(); err != nil {
		t.Error(err)
	}
	if err := all[0].leftRank(); err == nil || err.Error() != "rank 2 was stopped" {
		t.Error(err)
	}
	all[0].close(nil, false)
}

func TestFirstDifference(t *testing.T) {
	line := func(name, value string) string { return fmt.Sprintf("%q %q\n", name, value) }
	if got := firstDifference(line("a", "1")+line("--b", "x y"), line("a", "1")+line("--b", "z")); got != "--b than rank 0: z, not x y" {
		t.Error(got)
	}
	if got := firstDifference(line("a", "1"), line("a", "1")); got != "" {
		t.Error(got)
	}
	if got := firstDifference(line("a", "1")+line("b", "2"), line("a", "1")); !strings.Contains(got, "list of what is compared") {
		t.Error(got)
	}
}
