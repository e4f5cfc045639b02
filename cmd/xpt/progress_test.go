package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// In a pipe a command that takes long says now and then how far it is, and a short one nothing.
func TestProgressInAPipe(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, 3, "rows")
	p.set(1, "")
	if out.Len() > 0 {
		t.Errorf("told at once: %q", &out)
	}
	p.told = p.told.Add(-silence)
	p.set(2, "")
	p.set(3, "")
	p.told = p.told.Add(-silence - time.Second)
	p.set(3, "de\x1b[31m")
	p.close()
	if want := "2 of 3 rows\n3 of 3 rows: de\\x1b[31m\n"; out.String() != want {
		t.Errorf("told %q, want %q", &out, want)
	}

	dir := workshop(t)
	_, stderr, status := invoke(t, "train", "--checkpoint", filepath.Join(dir, "checkpoint"), "--task", "udpos", "--method", "head", "--data", dir, "--epochs", "2", "--out", filepath.Join(dir, "run"))
	if status != 0 || strings.Count(stderr, "step 1/2 loss ") != 1 || strings.Contains(stderr, "step 2/2") {
		t.Errorf("a training begins with status %d: %q", status, stderr)
	}
}
