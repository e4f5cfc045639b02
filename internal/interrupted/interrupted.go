// Package interrupted marks the error of work that its context ended with what is left of it.
package interrupted

import "fmt"

// Error says what was saved, and how to go on.
type Error struct {
	left  string
	cause error
}

func (e *Error) Error() string { return e.left }

// Unwrap returns the context's error.
func (e *Error) Unwrap() error { return e.cause }

// Errorf marks cause, which is the context's error; format says what is left.
func Errorf(cause error, format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), cause}
}
