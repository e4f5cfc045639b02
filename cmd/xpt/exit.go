package main

import (
	"errors"

	"xpt"
	"xpt/internal/study"
)

// The exit statuses of an error.
const (
	userError = 1
	failed    = 2
)

// exitStatus is 0 without an error, 1 for one that the user can fix (see [xpt.IsUserError]), and 2 for a failure, also
// of cells of a study.
func exitStatus(err error) int {
	switch {
	case err == nil:
		return 0
	case xpt.IsUserError(err) && !errors.Is(err, study.ErrFailed):
		return userError
	}
	return failed
}
