package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

// output is a command's standard output. What texts and names of files would
// do to a terminal is escaped on the way. It keeps the first error, so that
// one is told even where a command does not ask.
type output struct {
	w   io.Writer
	cut []byte // the beginning of a character whose rest is yet to be written
	err error
}

func (o *output) Write(p []byte) (int, error) {
	whole := append(o.cut, p...)
	end := len(whole) - unfinished(whole)
	o.cut = append([]byte(nil), whole[end:]...)
	if err := o.write(whole[:end]); err != nil {
		return 0, err
	}
	return len(p), nil
}

// close writes what is left.
func (o *output) close() error {
	left := o.cut
	o.cut = nil
	return o.write(left)
}

func (o *output) write(p []byte) error {
	if o.err != nil || len(p) == 0 {
		return o.err
	}
	if _, err := o.w.Write(withoutControls(p)); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			err = path.Err
		}
		o.err = fmt.Errorf("standard output: %w", err)
	}
	return o.err
}

// unfinished is how many bytes at the end begin a character that is not whole.
func unfinished(p []byte) int {
	for n := 1; n <= min(utf8.UTFMax-1, len(p)); n++ {
		if last := p[len(p)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}
