package libtorch

import (
	"runtime"
	"testing"

	"xpt/internal/kernels"
)

// The number of threads that was set holds on every thread of the process,
// also on one that has computed before.
func TestThreadsHoldOnEveryOSThread(t *testing.T) {
	before := Threads()
	defer SetThreads(before)
	ask, answers := make(chan bool), make(chan int)
	defer close(ask)
	go func() {
		runtime.LockOSThread() // never unlocked: a thread of its own
		for range ask {
			if err := NoGrad(CPU, func(s *Scope) error {
				s.Matmul(s.Zeros(Float32, 64, 64), s.Zeros(Float32, 64, 64))
				if own := kernels.Threads(Threads()); own != Threads() {
					t.Errorf("kernels run on %d threads, and libtorch on %d", own, Threads())
				}
				answers <- Threads()
				return nil
			}); err != nil {
				t.Error(err)
				answers <- 0
			}
		}
	}()
	for _, want := range []int{3, 1, 2} {
		if err := SetThreads(want); err != nil {
			t.Fatal(err)
		}
		ask <- true
		if got := <-answers; got != want {
			t.Errorf("another thread computes with %d threads, want %d", got, want)
		}
	}
}
