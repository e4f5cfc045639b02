package main

import (
	"context"
	"errors"
	"slices"
	"syscall"

	"xpt/checkpoints"
	"xpt/internal/study"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// The exit statuses of an error.
const (
	mendable = 1
	failed   = 2
)

// ofPaths are the system's errors about a path as the user gave it: it is not
// there, may not be used, is of another kind.
var ofPaths = []syscall.Errno{syscall.ENOENT, syscall.EACCES, syscall.EPERM, syscall.EROFS, syscall.EISDIR, syscall.ENOTDIR,
	syscall.EEXIST, syscall.ENOTEMPTY, syscall.ELOOP, syscall.ENAMETOOLONG, syscall.EINVAL, syscall.ENXIO, syscall.ENODEV}

// exitStatus is 0 without an error. It is 1 for the kinds that the user can
// mend:
//
//   - a wrong flag, name, setting or file: a [usererror.Error]
//   - a path that is not there, may not be used or is of another kind: ofPaths
//
// It is 2 for every other, as there are:
//
//   - libtorch could not compute something
//   - another error of the system: a full disk, a broken pipe, no memory left
//   - a file that was just written does not hold what was to be written
//   - cells of a study failed
//   - the command was stopped, as by Ctrl-C
//   - any other
func exitStatus(err error) int {
	var errno syscall.Errno
	switch {
	case err == nil:
		return 0
	case errors.As(err, new(*libtorch.Error)), errors.Is(err, context.Canceled), errors.Is(err, study.ErrFailed), errors.Is(err, checkpoints.ErrVerification):
		return failed
	case errors.As(err, &errno):
		if slices.Contains(ofPaths, errno) {
			return mendable
		}
		return failed
	case errors.As(err, new(*usererror.Error)):
		return mendable
	}
	return failed
}
