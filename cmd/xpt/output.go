package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"unicode/utf8"
)

// output is a command's standard output. It escapes control characters of texts and file names, and
// keeps the first error, which run reports even where a command does not look at it.
type output struct {
	w   io.Writer
	cut []byte // the first bytes of a character whose rest has yet to come
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

// close writes the bytes of an unfinished character.
func (o *output) close() error {
	left := o.cut
	o.cut = nil
	return o.write(left)
}

// writeIndented writes value as indented JSON.
func writeIndented(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(value)
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

// unfinished counts the bytes at the end that begin a character without its rest.
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
