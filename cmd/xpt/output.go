package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// output is a command's standard output. It keeps the first error, so that one
// is told even where a command does not ask.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		o.err = fmt.Errorf("standard output: %w", err)
	}
	return n, o.err
}
