package main

import (
	"context"
	"errors"
	"syscall"

	"xpt"
	"xpt/internal/study"
)

// The exit statuses of an error; that of a signal is added to stopped, as shells do.
const (
	userError = 1
	failed    = 2
	stopped   = 128
)

// signalError is the cause of a context that a signal cancelled.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return e.signal.String() }

// exitStatus is 0 without an error, 1 for one that the user can fix (see [xpt.IsUserError]), 2 for a failure, also of
// cells of a study, and 130 or 143 for work that a signal stopped, the cause of ctx.
func exitStatus(ctx context.Context, err error) int {
	var caught signalError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled) && errors.As(context.Cause(ctx), &caught):
		return stopped + int(caught.signal)
	case xpt.IsUserError(err) && !errors.Is(err, study.ErrFailed):
		return userError
	}
	return failed
}
