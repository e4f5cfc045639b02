package study

import (
	"path/filepath"
	"syscall"
	"testing"

	"xpt/internal/memory"
	"xpt/training"
)

// The peak of a cell is its own: what the process had before it counts for none.
func TestPeakIsTheCells(t *testing.T) {
	if !memory.RestartPeak() {
		t.Skip("this system tells the process's peak only")
	}
	const size = 1 << 30
	before, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < size; i += 4096 {
		before[i] = 1
	}
	if err := syscall.Munmap(before); err != nil {
		t.Fatal(err)
	}
	dir := workshop(t, "checkpoint: CHECKPOINT\ndata: data\ntasks: [udpos]\nmethods: [full, head]\nseeds: [7]\nsettings: {steps: 2}\n")
	run(t, plan(t, dir, "out"), all)
	list, err := ReadOutcomes(filepath.Join(dir, "out"))
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	for _, o := range list {
		if r := o.Record; r.PeakOf != training.PeakOfTraining || r.PeakBytes < 10<<20 || r.PeakBytes > size {
			t.Errorf("%s: a peak of %d bytes of the %s", o.Name(), r.PeakBytes, r.PeakOf)
		}
	}
}
