package profile

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"xpt/internal/torcherror"
	"xpt/libtorch"
)

// Trace is what a GPU did.
type Trace struct {
	Ops      []OpTime `json:"-"`        // the kernels' and copies' own times, by the operation that launched them
	Launches int      `json:"launches"` // of kernels, or of graphs of them
	Waits    int      `json:"waits"`    // of the host for the GPU
}

// RunTraced calls fn, which computes on a GPU, and returns what it did meanwhile. It locks the goroutine to its thread.
// Tracing slows the host: the time that fn takes means nothing.
func RunTraced(dev libtorch.Device, fn func() error) (t Trace, err error) {
	text, err := record(dev, fn)
	if err != nil {
		return t, err
	}
	events, err := parseEvents(text)
	if t = traceOf(events); err == nil && len(t.Ops) == 0 {
		err = errors.New("profile: libtorch saw no kernel of the GPU: CUPTI is missing, or may not be used here")
	}
	return t, err
}

// record calls fn and returns the lines of events, see shim.h.
func record(dev libtorch.Device, fn func() error) (text string, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer torcherror.Catch(&err)
	gpu := 0
	if dev.IsCUDA() {
		gpu = 1
	}
	torcherror.CheckC("trace", unsafe.Pointer(C.xpt_trace_start(C.int(gpu))))
	defer func() { // also if fn panicked
		var lines *C.char
		stopped := torcherror.Of("trace", unsafe.Pointer(C.xpt_trace_stop(&lines)))
		defer C.free(unsafe.Pointer(lines))
		text, err = C.GoString(lines), errors.Join(err, stopped)
	}()
	if err := fn(); err != nil {
		return "", err
	}
	return "", dev.Wait()
}

// event is an operation, an autograd node or a call of CUDA's runtime on the host, or a kernel or a copy on the GPU.
type event struct {
	gpu, node       bool
	thread          uint64
	start, duration int64  // nanoseconds
	id              uint64 // of an operation
	launcher        uint64 // the innermost operation that launched it; 0: none
	name            string
}

func parseEvents(text string) (events []event, err error) {
	for line := range strings.Lines(text) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 8)
		if len(fields) != 8 {
			return nil, errors.New("profile: no event: " + line)
		}
		var n [7]uint64
		for i := range n {
			if n[i], err = strconv.ParseUint(fields[i], 10, 64); err != nil {
				return nil, fmt.Errorf("profile: an event: %w", err)
			}
		}
		events = append(events, event{n[0] == 1, n[1] == 1, n[2], int64(n[3]), int64(n[4]), n[5], n[6], fields[7]})
	}
	return events, nil
}

// traceOf gives each kernel to the operation that launched it; one of none stands under its own name.
func traceOf(events []event) (t Trace) {
	slices.SortStableFunc(events, func(a, b event) int { // so that an autograd node comes before what it calls
		return cmp.Or(cmp.Compare(a.thread, b.thread), cmp.Compare(a.start, b.start), cmp.Compare(b.duration, a.duration))
	})
	type key struct {
		name     string
		backward bool
	}
	ops := map[uint64]key{}
	var thread uint64
	until := int64(0) // the end of the thread's last autograd node
	for _, e := range events {
		if e.thread != thread {
			thread, until = e.thread, 0
		}
		switch {
		case e.gpu:
		case isCall(e.name):
			if strings.Contains(e.name, "Launch") {
				t.Launches++
			} else if strings.Contains(e.name, "Synchronize") {
				t.Waits++
			}
		default:
			if e.node {
				until = max(until, e.start+e.duration)
			}
			ops[e.id] = key{e.name, e.start < until}
		}
	}
	times := map[key]*OpTime{}
	for _, e := range events {
		if !e.gpu {
			continue
		}
		k, launched := ops[e.launcher]
		if !launched {
			k.name = e.name
		}
		if times[k] == nil {
			times[k] = &OpTime{Name: k.name, Backward: k.backward}
		}
		times[k].Count++
		times[k].Seconds += float64(e.duration) / 1e9
	}
	for _, op := range times {
		t.Ops = append(t.Ops, *op)
	}
	slices.SortFunc(t.Ops, func(a, b OpTime) int { return cmp.Or(cmp.Compare(b.Seconds, a.Seconds), cmp.Compare(a.Name, b.Name)) })
	return t
}

// isCall tells calls of CUDA's runtime and driver, such as cudaLaunchKernel and cuLaunchKernelEx, from operations.
func isCall(name string) bool {
	rest, ok := strings.CutPrefix(name, "cu")
	return ok && !strings.Contains(name, "::") && (strings.HasPrefix(rest, "da") || rest != "" && rest[0] >= 'A' && rest[0] <= 'Z')
}
