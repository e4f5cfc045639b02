package setup

import (
	"bytes"
	"io"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestCheckMemory(t *testing.T) {
	for _, c := range []struct {
		text string
		ok   bool
	}{
		{"MemTotal:       4000000 kB\nMemAvailable:    1000000 kB\nSwapFree:  0 kB\n", false},
		{"MemTotal:       4000000 kB\nMemAvailable:    1000000 kB\nSwapFree:  2000000 kB\n", true},
		{"MemAvailable:    3000000 kB\n", true},
		{"unknown", true},
	} {
		if err := checkMemory(c.text); (err == nil) != c.ok {
			t.Errorf("%q: %v", c.text, err)
		}
	}
}

func TestCheckDisk(t *testing.T) {
	if err := checkDisk(t.TempDir(), 0); err != nil {
		t.Error(err)
	}
	if err := checkDisk(t.TempDir(), math.MaxUint64); err == nil || !strings.Contains(err.Error(), Variable) {
		t.Errorf("error %v, want one that names %s", err, Variable)
	}
}

func TestLockKeepsASecondOut(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	unlock, err := Lock(name, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var inside atomic.Bool
	var log bytes.Buffer
	entered := make(chan error)
	go func() {
		unlock, err := Lock(name, &log)
		inside.Store(true)
		if err == nil {
			unlock()
		}
		entered <- err
	}()
	time.Sleep(20 * time.Millisecond)
	if inside.Load() {
		t.Error("two hold the lock at once")
	}
	unlock()
	if err := <-entered; err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "waiting for another set-up to end, which holds "+name) {
		t.Errorf("told is %q", &log)
	}
}
