package libtorch

// #include "shim.h"
import "C"

import "unsafe"

// Graph is a sequence of launches on a GPU that were recorded (a CUDA graph). Replaying it costs the host one launch. It reads
// and writes the memory that the recorded operations did: their inputs must live as long, and results are to be
// written to tensors that were there before, see [Tensor.Write].
type Graph struct{ c unsafe.Pointer }

// CanRecord tells whether libtorch records launches on the device.
func CanRecord(dev Device) bool { return dev.IsCUDA() && C.xpt_can_record() != 0 }

// Record calls fn and records the operations that it launches on dev, which are not run. They must not make tensors of the
// host's values or read any, and should have been run before, as the first run of a kind prepares more.
func Record(dev Device, fn func()) *Graph {
	g := &Graph{}
	checkC("record", C.xpt_record_begin(C.int(dev.gpu-1), &g.c))
	recorded := false
	defer func() {
		if !recorded {
			g.Free()
		}
	}()
	fn()
	checkC("record", C.xpt_record_end(g.c))
	recorded = true
	return g
}

// Replay runs what was recorded.
func (g *Graph) Replay() { checkC("replay", C.xpt_replay(g.c)) }

// Free gives up the graph and the memory of what it computes on the way; a second call does nothing.
func (g *Graph) Free() {
	if g != nil && g.c != nil {
		C.xpt_graph_free(g.c)
		g.c = nil
	}
}
