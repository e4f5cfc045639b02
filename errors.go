package xpt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"xpt/checkpoints"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// InputError says which of the inputs of a call is wrong, and why.
type InputError struct {
	Index int    // from 0
	ID    string // of a [Row]; empty for others
	Err   error
}

func (e *InputError) Error() string {
	if e.ID != "" {
		return fmt.Sprintf("row %s: %v", e.ID, e.Err)
	}
	return fmt.Sprintf("input %d: %v", e.Index+1, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// pathErrors are the system's errors about a path as the caller gave it: it is not there, may not be
// used, is of another kind.
var pathErrors = []syscall.Errno{syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.EISDIR, syscall.ENOTDIR,
	syscall.EEXIST, syscall.ENOTEMPTY, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ENXIO, syscall.ENODEV}

// IsUserError tells whether the caller can mend an error: a wrong setting, name or file, or a path
// that is not there, may not be used or is of another kind. All others are failures, as there are:
//
//   - libtorch could not compute something
//   - another error of the system: a full disk, a broken pipe, no memory left
//   - a file that was just written does not hold what was to be written
//   - the context has ended
//   - any other
func IsUserError(err error) bool {
	var errno syscall.Errno
	switch {
	case errors.As(err, new(*libtorch.Error)), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, checkpoints.ErrVerification):
		return false
	case errors.As(err, &errno):
		return slices.Contains(pathErrors, errno)
	}
	return errors.As(err, new(*usererror.Error))
}
