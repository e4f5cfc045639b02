package ranks

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"xpt/internal/usererror"
)

// Times of the watch. Tests change silence.
var (
	beat    = 2 * time.Second
	silence = 60 * time.Second // after which a process counts as hanging
)

// LostError is that another process is gone.
type LostError struct {
	Rank int
	Why  string
}

func (e *LostError) Error() string { return fmt.Sprintf("rank %d %s", e.Rank, e.Why) }

// watch learns at once when a process ends, which its collectives may not: each holds a connection to rank 0, over which
// both say every two seconds that they are alive, and why they end.
type watch struct {
	rank    int
	mu      sync.Mutex
	conns   map[int]net.Conn // by rank; of others than rank 0 that of rank 0 alone
	stopped []int            // ranks that a signal stopped
	done    []int            // ranks that ended without an error
	closing bool
	err     error
	lost    chan struct{} // closed once err is set
	readers sync.WaitGroup
	stop    chan struct{}
}

// Messages: a word, and what follows it, on a line.
const (
	helloWord = "hello"
	aliveWord = "."
	byeWord   = "bye"
	stopWord  = "stopped"
	lostWord  = "lost" // RANK user|failure WHY
)

func newWatch(rank int) *watch {
	return &watch{rank: rank, conns: map[int]net.Conn{}, lost: make(chan struct{}), stop: make(chan struct{})}
}

// serve is rank 0's side: announce gets the address to give to the others, of whom it waits for all.
func (w *watch) serve(ctx context.Context, host string, size int, announce func(address string) error) error {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return err
	}
	defer listener.Close()
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	joined := make(chan struct{})
	defer close(joined)
	go func() {
		select {
		case <-w.lost:
			listener.Close()
		case <-joined:
		}
	}()
	token := rand.Text()
	if err := announce(listener.Addr().String() + " " + token); err != nil {
		return err
	}
	for len(w.conns) < size-1 {
		conn, err := listener.Accept()
		switch lost := w.failure(); {
		case err == nil:
			w.accept(conn, token, size)
		case lost != nil:
			return lost
		case errors.Is(ctx.Err(), context.DeadlineExceeded):
			return fmt.Errorf("of %d processes these have not come: %s", size, w.missing(size))
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			return err
		}
	}
	return nil
}

// accept takes a connection that begins as those of this group do, and follows it while others have yet to come.
func (w *watch) accept(conn net.Conn, token string, size int) {
	conn.SetDeadline(time.Now().Add(5 * time.Second))
	var word, said string
	var rank int
	_, err := fmt.Fscanln(conn, &word, &rank, &said)
	if err != nil || word != helloWord || said != token || rank < 1 || rank >= size || w.conns[rank] != nil {
		conn.Close()
		return
	}
	w.mu.Lock()
	w.conns[rank] = conn
	w.mu.Unlock()
	w.follow(rank, conn)
}

func (w *watch) missing(size int) string {
	var ranks []string
	for r := 1; r < size; r++ {
		if w.conns[r] == nil {
			ranks = append(ranks, "rank "+strconv.Itoa(r))
		}
	}
	return strings.Join(ranks, ", ")
}

// join is the others' side.
func (w *watch) join(ctx context.Context, announced string) error {
	address, token, _ := strings.Cut(announced, " ")
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("rank 0: %w", err)
	}
	if _, err := fmt.Fprintln(conn, helloWord, w.rank, token); err != nil {
		return fmt.Errorf("rank 0: %w", err)
	}
	w.conns[0] = conn
	w.follow(0, conn)
	return nil
}

// follow keeps a connection alive and reads it.
func (w *watch) follow(rank int, conn net.Conn) {
	w.readers.Add(1)
	go func() {
		defer w.readers.Done()
		w.read(rank, conn)
	}()
	go func() {
		ticks := time.NewTicker(beat)
		defer ticks.Stop()
		for {
			select {
			case <-w.stop:
				return
			case <-ticks.C:
				w.send(conn, aliveWord)
			}
		}
	}()
}

func (w *watch) send(conn net.Conn, line string) {
	conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	fmt.Fprintln(conn, line) // what becomes of the other side is for its reader
}

func (w *watch) read(rank int, conn net.Conn) {
	lines := bufio.NewReader(conn)
	for {
		conn.SetReadDeadline(time.Now().Add(silence))
		line, err := lines.ReadString('\n')
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil && errors.As(err, new(net.Error)) && err.(net.Error).Timeout():
			w.fail(&LostError{rank, fmt.Sprintf("has said nothing for %v: it hangs, or its machine is gone", silence)})
			return
		case err != nil:
			w.fail(&LostError{rank, "has ended"})
			return
		case word == byeWord:
			w.mu.Lock()
			w.done = append(w.done, rank)
			w.mu.Unlock()
			return
		case word == stopWord:
			w.mu.Lock()
			w.stopped = append(w.stopped, rank)
			w.mu.Unlock()
			return
		case word == lostWord:
			w.fail(parseLost(rest))
			return
		}
	}
}

func parseLost(text string) error {
	rank, rest, _ := strings.Cut(text, " ")
	kind, why, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(rank)
	lost := &LostError{n, why}
	if kind == "user" {
		return usererror.Of(lost)
	}
	return lost
}

// fail notes what ended first, and tells the others.
func (w *watch) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || w.closing {
		return
	}
	w.err = err
	close(w.lost)
	w.tell(err)
}

// tell says err to all; of others than rank 0, to it.
func (w *watch) tell(err error) {
	kind := "failure"
	if errors.As(err, new(*usererror.Error)) {
		kind = "user"
	}
	rank, why := w.rank, "has ended: "+err.Error()
	if lost := (*LostError)(nil); errors.As(err, &lost) {
		rank, why = lost.Rank, lost.Why
	}
	w.say(fmt.Sprint(lostWord, " ", rank, " ", kind, " ", strings.ReplaceAll(why, "\n", " ")))
}

// say sends a line to all.
func (w *watch) say(line string) {
	for _, conn := range w.conns {
		w.send(conn, line)
	}
}

// failure is what ended the group; nil while all are there.
func (w *watch) failure() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// leftRank is the error of collectives with a process that has left as it should; nil without one.
func (w *watch) leftRank() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.stopped != nil:
		return &LostError{w.stopped[0], "was stopped"}
	case w.done != nil:
		return &LostError{w.done[0], "has ended, having nothing more to do: all need the same command, and to see the same folders"}
	}
	return nil
}

// close leaves: with an error the others are told of it, unless they told this one, or have stopped as well.
func (w *watch) close(err error, stopped bool) {
	w.mu.Lock()
	already := w.closing
	w.closing = true
	if !already && w.err == nil {
		switch {
		case stopped:
			w.say(stopWord)
		case err != nil:
			w.tell(err)
		default:
			w.say(byeWord)
		}
	}
	w.mu.Unlock()
	if already {
		return
	}
	close(w.stop)
	for _, conn := range w.conns {
		if c, ok := conn.(*net.TCPConn); ok {
			c.CloseWrite() // what was sent arrives before the end
		}
	}
	read := make(chan struct{})
	go func() {
		w.readers.Wait()
		close(read)
	}()
	select {
	case <-read:
	case <-time.After(time.Second): // others do not leave yet
	}
	for _, conn := range w.conns {
		conn.Close()
	}
}
