package profile

import (
	"errors"
	"math"
	"strings"
	"testing"

	"xpt/libtorch"
)

// A forward product on thread 1, and in thread 2 an autograd node that calls two; their kernels run late and on no
// thread of the host.
const traced = `0	0	1	100	50	11	0	aten::linear
0	0	1	110	30	12	0	aten::addmm
0	0	1	115	5	12	12	cudaLaunchKernel
0	1	2	200	100	21	0	torch::autograd::CppNode<xpt::PackedLinear>
0	0	2	210	20	22	0	aten::mm
0	0	2	212	5	13	22	cuLaunchKernelEx
0	0	2	240	20	23	0	aten::mm
0	0	2	242	5	14	23	cudaLaunchKernelExC
0	0	2	400	20	24	0	aten::add_
0	0	2	402	5	15	24	cudaLaunchKernel
0	0	1	500	900	16	0	cudaStreamSynchronize
1	0	7	1000	300	12	12	gemm
1	0	7	1300	200	13	22	gemm
1	0	7	1500	400	14	23	gemm
1	0	7	1900	50	15	24	elementwise	of two
1	0	7	1950	25	17	0	Memset (Device)
`

func TestTraceOf(t *testing.T) {
	events, err := parseEvents(traced)
	if err != nil {
		t.Fatal(err)
	}
	got := traceOf(events)
	want := []OpTime{{"aten::mm", true, 2, 600e-9}, {"aten::addmm", false, 1, 300e-9}, {"aten::add_", false, 1, 50e-9}, {"Memset (Device)", false, 1, 25e-9}}
	if len(got.Ops) != len(want) {
		t.Fatalf("operations %+v", got.Ops)
	}
	for i, w := range want {
		if op := got.Ops[i]; op.Name != w.Name || op.Backward != w.Backward || op.Count != w.Count || math.Abs(op.Seconds-w.Seconds) > 1e-15 {
			t.Errorf("operation %+v, want %+v", op, w)
		}
	}
	if got.Launches != 4 || got.Waits != 1 {
		t.Errorf("%d launches and %d waits", got.Launches, got.Waits)
	}
	for _, bad := range []string{"0\t1\t2\n", strings.Replace(traced, "110", "x", 1)} {
		if _, err := parseEvents(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// libtorch's profiler tells operations of both directions; a CPU has no kernels.
func TestEventsOfTheCPU(t *testing.T) {
	text, err := record(libtorch.CPU, func() error {
		return libtorch.Run(libtorch.CPU, func(s *libtorch.Scope) error {
			w, err := libtorch.NewParameter(s.Floats([]float32{1, 2, 3, 4}, 2, 2))
			if err != nil {
				return err
			}
			defer w.Free()
			s.Mean(s.Matmul(s.Matmul(s.Floats([]float32{5, 6}, 1, 2), w), w)).Backward()
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	events, err := parseEvents(text)
	if err != nil {
		t.Fatal(err)
	}
	products, nodes := 0, 0
	for _, e := range events {
		switch {
		case e.node:
			nodes++
		case e.name == "aten::mm" && !e.gpu && e.duration > 0:
			products++
		}
	}
	if products != 5 || nodes < 3 {
		t.Errorf("%d products and %d autograd nodes of %d events", products, nodes, len(events))
	}
}

// What fails in a trace leaves none behind.
func TestTraceOfAFailure(t *testing.T) {
	sorry := errors.New("sorry")
	for range 2 {
		if _, err := RunTraced(libtorch.CPU, func() error { return sorry }); !errors.Is(err, sorry) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := RunTraced(libtorch.CPU, func() error { return nil }); err == nil || !strings.Contains(err.Error(), "no kernel") {
		t.Errorf("error %v", err)
	}
}
