// Package bounded reads files and lines that are bound to be of some size. What
// has no end, such as /dev/zero, or is not what it was taken for, such as
// weights given as texts, is an error instead of all memory.
package bounded

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
)

// LongestLine is how many bytes a line may have.
const LongestLine = 64 << 20

// ErrLine is the error of a longer line.
var ErrLine = fmt.Errorf("the line has more than %d bytes: is this a file of texts?", LongestLine)

// File reads a file of at most so many bytes.
func File(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s: it has more than %d bytes, which no such file has", path, most)
	}
	return data, err
}

// Line is r.ReadBytes('\n') of a line that is not longer than LongestLine.
func Line(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > LongestLine {
			return nil, ErrLine
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
