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

// What was in use before a restart counts no longer, so that each of several trainings has a peak of its own.
func TestRestartPeak(t *testing.T) {
	const size = 256 << 20
	touched, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < size; i += 4096 {
		touched[i] = 1
	}
	before := Peak()
	if err := syscall.Munmap(touched); err != nil {
		t.Fatal(err)
	}
	if Peak() < before-size/4 { // Linux counts in lots
		t.Errorf("the peak fell by itself from %d to %d", before, Peak())
	}
	if !RestartPeak() {
		t.Skip("this system does not allow it")
	}
	if after := Peak(); after > before-size/2 {
		t.Errorf("the peak is %d after a restart, and was %d with %d that are gone", after, before, size)
	}
}
