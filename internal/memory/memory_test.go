package memory

import (
	"strings"
	"syscall"
	"testing"
)

func TestPeakGrowsWithWhatIsTouched(t *testing.T) {
	if Peak() == 0 {
		t.Skip("this system does not say")
	}
	const size = 256 << 20
	before := Peak()
	// Mapped, not allocated: the race detector shadows what is allocated.
	touched, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(touched)
	for i := 0; i < size; i += 4096 {
		touched[i] = 1
	}
	if grown := Peak() - before; grown < size/2 || grown > 2*size {
		t.Errorf("the peak grew by %d bytes with %d", grown, size)
	}
}

func TestCheck(t *testing.T) {
	if Available() == 0 {
		t.Skip("this system does not say")
	}
	if err := Check(Available()/2, "a model"); err != nil {
		t.Error(err)
	}
	err := Check(1<<60, "a model")
	if err == nil || !strings.Contains(err.Error(), "a model takes 1152921504.6 GB of memory, and ") {
		t.Errorf("%v", err)
	}
}
