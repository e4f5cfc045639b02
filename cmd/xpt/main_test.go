package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestSaid(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{context.Canceled, "stopped"},
		{fmt.Errorf("stopped, and saved: the same command goes on: %w", context.Canceled), "stopped, and saved: the same command goes on"},
		{errors.New("no \x1b[31mfile"), "no \ufffd[31mfile"},
	} {
		if got := said(c.err); got != c.want {
			t.Errorf("%q is said as %q, want %q", c.err, got, c.want)
		}
	}
}
