// Package usererror marks errors that the user can fix: a wrong flag, name or
// file. The command line exits with another status after them than after a
// failure. An error that is not marked is a failure.
package usererror

import (
	"errors"
	"fmt"
)

// Error is an error that the user can fix.
type Error struct{ err error }

func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns what was marked.
func (e *Error) Unwrap() error { return e.err }

// New is a marked [errors.New].
func New(text string) error { return &Error{errors.New(text)} }

// Errorf is a marked [fmt.Errorf].
func Errorf(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// Of marks err; nil stays nil. Use it only around code that reads what the user
// named, so that a full disk or a failure of libtorch stays a failure.
func Of(err error) error {
	if err == nil {
		return nil
	}
	return &Error{err}
}
