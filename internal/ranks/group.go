package ranks

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
	"unsafe"

	"xpt/internal/torcherror"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// Times that a group waits. Tests change them.
var (
	joinTime = 5 * time.Minute
	// collectiveTime is how long a collective waits for a process that is alive: others may save, or compute a batch meanwhile.
	collectiveTime = 30 * time.Minute
)

// Group is the processes that share a computation. All of them call its collectives in the same order, from one goroutine at
// a time. A nil group is one process.
type Group struct {
	Environment
	native    unsafe.Pointer
	watch     *watch
	exchanges int
	closed    bool
}

// Join meets the other processes. It returns nil where e is zero.
func Join(ctx context.Context, e Environment) (*Group, error) {
	if e.Size <= 1 {
		return nil, nil
	}
	if C.xpt_ranks_there() == 0 {
		return nil, usererror.Errorf("libtorch %s has no c10d (torch.distributed): several processes need libtorch 2.0 or later, see xpt doctor", libtorch.Version())
	}
	ctx, cancel := context.WithTimeout(ctx, joinTime)
	defer cancel()
	g := &Group{Environment: e, watch: newWatch(e.Rank)}
	err := g.join(ctx)
	if err == nil {
		return g, nil
	}
	g.watch.close(err, false)
	if errors.As(err, new(*LostError)) {
		return nil, err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("they have not come in %v", joinTime)
	}
	return nil, fmt.Errorf("rank %d of %d does not meet the others at %s:%d: %w", e.Rank, e.Size, e.Host, e.Port, err)
}

func (g *Group) join(ctx context.Context) error {
	own, err := ownAddress(g.Host, g.Port)
	if err != nil {
		return err
	}
	if g.Rank > 0 || g.agentStore {
		if err := reach(ctx, g.Host, g.Port); err != nil {
			return err
		}
	}
	if err := g.open(ctx); err != nil {
		return err
	}
	const key = "watch"
	if g.Rank == 0 {
		err = g.watch.serve(ctx, own, g.Size, func(address string) error { return g.set(key, address) })
	} else {
		var address string
		if address, err = g.get(ctx, key); err == nil {
			err = g.watch.join(ctx, address)
		}
	}
	if err != nil {
		return err
	}
	return g.call(ctx, func() *C.char {
		host := C.CString(own)
		defer C.free(unsafe.Pointer(host))
		return C.xpt_ranks_connect(g.native, host, C.int64_t(collectiveTime.Milliseconds()))
	})
}

// reach waits until a process listens at an address: c10d, which would wait as well, warns of each try with a backtrace.
func reach(ctx context.Context, host string, port int) error {
	for {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return conn.Close()
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return ctx.Err()
			}
			return fmt.Errorf("none listens there, as rank 0 or its launcher should: %w", err)
		}
	}
}

func (g *Group) open(ctx context.Context) error {
	serves := C.int(0)
	if g.Rank == 0 && !g.agentStore {
		serves = 1
	}
	return g.call(ctx, func() *C.char {
		host, prefix := C.CString(g.Host), C.CString("xpt/"+g.attempt)
		defer C.free(unsafe.Pointer(host))
		defer C.free(unsafe.Pointer(prefix))
		return C.xpt_ranks_open(host, C.int(g.Port), serves, prefix, C.int(g.Rank), C.int(g.Size), C.int64_t(joinTime.Milliseconds()), &g.native)
	})
}

func (g *Group) set(key, value string) error {
	k, v := C.CString(key), C.CString(value)
	defer C.free(unsafe.Pointer(k))
	defer C.free(unsafe.Pointer(v))
	return torcherror.Of("ranks", unsafe.Pointer(C.xpt_ranks_set(g.native, k, v)))
}

func (g *Group) get(ctx context.Context, key string) (string, error) {
	k := C.CString(key)
	var v *C.char
	err := g.call(ctx, func() *C.char { return C.xpt_ranks_get(g.native, k, C.int64_t(joinTime.Milliseconds()), &v) })
	if err != nil {
		return "", err
	}
	defer C.free(unsafe.Pointer(v))
	return C.GoString(v), nil
}

// call waits for fn, which may hang with another process, until one is lost or ctx ends; fn is left behind then.
func (g *Group) call(ctx context.Context, fn func() *C.char) error {
	done := make(chan error, 1)
	go func() { done <- torcherror.Of("ranks", unsafe.Pointer(fn())) }()
	select {
	case err := <-done:
		return g.explained(err)
	case <-g.watch.lost:
		return g.watch.failure()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// explained is err, or what it comes from: where a connection breaks the watch says a moment later whose.
func (g *Group) explained(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-g.watch.lost:
		return g.watch.failure()
	case <-time.After(3 * time.Second):
		if left := g.watch.leftRank(); left != nil {
			return left
		}
		return err
	}
}

// First tells whether this process is rank 0, or alone: the one that writes.
func (g *Group) First() bool { return g == nil || g.Rank == 0 }

// Lost is the error that a process was lost; nil while all are there.
func (g *Group) Lost() error {
	if g == nil {
		return nil
	}
	return g.watch.failure()
}

// Context is ctx until a process is lost: its cause says then which.
func (g *Group) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	if g == nil {
		return context.WithCancel(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-g.watch.lost:
			cancel(g.watch.failure())
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// Close leaves the group. Without an error it waits for the others to come as far; with one it ends them. It returns err, or what it
// comes from.
func (g *Group) Close(err error) error {
	if g == nil || g.closed {
		return err
	}
	g.closed = true
	shared := errors.Is(err, context.Canceled) || errors.As(err, new(*sharedError)) // the others know by themselves
	stopped := shared && g.watch.failure() == nil
	if err == nil {
		err = g.Barrier()
	}
	g.watch.close(err, stopped)
	if err != nil && !stopped { // collectives may be under way: their memory stays
		if lost := g.watch.failure(); lost != nil && !errors.As(err, new(*usererror.Error)) {
			return lost
		}
		return err
	}
	return errors.Join(err, torcherror.Of("ranks", unsafe.Pointer(C.xpt_ranks_close(g.native))))
}

// Work is a collective under way.
type Work struct {
	group  *Group
	native unsafe.Pointer
}

// Wait waits for the collective. A process that is lost is an error, [LostError].
func (w *Work) Wait() error {
	return w.group.call(context.Background(), func() *C.char { return C.xpt_ranks_wait(w.native) })
}

func (g *Group) start(message *C.char, w *Work) (*Work, error) {
	w.group = g
	if err := torcherror.Of("ranks", unsafe.Pointer(message)); err != nil {
		return nil, g.explained(err)
	}
	return w, nil
}

// Sum adds up t, contiguous on the CPU, over the processes in place. The sums are the same on all of them, and their order
// depends on the number of processes alone.
func (g *Group) Sum(t *libtorch.Tensor) (*Work, error) {
	w := &Work{}
	return g.start(C.xpt_ranks_sum(g.native, c(t), &w.native), w)
}

// Broadcast gives all processes t of root.
func (g *Group) Broadcast(t *libtorch.Tensor, root int) (*Work, error) {
	w := &Work{}
	return g.start(C.xpt_ranks_broadcast(g.native, c(t), C.int(root), &w.native), w)
}

// Gather gives out [size, ...] the t [...] of each process.
func (g *Group) Gather(out, t *libtorch.Tensor) (*Work, error) {
	w := &Work{}
	return g.start(C.xpt_ranks_gather(g.native, c(out), c(t), &w.native), w)
}

// Transpose gives row i of in [size, ...] to process i: row j of out, of the same shape, is that of process j. The sum over out is a
// reduce-scatter in the order of the ranks.
func (g *Group) Transpose(out, in *libtorch.Tensor) (*Work, error) {
	g.exchanges++
	w := &Work{}
	return g.start(C.xpt_ranks_exchange(g.native, c(out), c(in), C.int(g.exchanges), &w.native), w)
}

// Share gives every process the rows of all [size, n], of which each has that of its rank.
func (g *Group) Share(s *libtorch.Scope, all *libtorch.Tensor) (*Work, error) {
	own := s.Reshape(s.Select(all, 0, g.Rank), 1, -1)
	return g.Transpose(all, s.Expand(own, all.Shape()...)) // sent from where it lies, and received where it is wanted
}

func c(t *libtorch.Tensor) C.xpt_tensor { return C.xpt_tensor(t.Gotch().Ctensor()) }
