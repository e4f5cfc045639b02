// Package bounded reads lines that are bound to end. What is not what it was
// taken for, such as weights given as texts, is an error instead of all memory.
package bounded

import (
	"bufio"
	"errors"
	"fmt"
)

// LongestLine is how many bytes a line may have.
const LongestLine = 64 << 20

// ErrLine is the error of a longer line.
var ErrLine = fmt.Errorf("the line has more than %d bytes: is this a file of texts?", LongestLine)

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
