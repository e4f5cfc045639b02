package plaintext

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"xpt/internal/usererror"
)

// LongestLine is the largest length of a line in bytes. No sentence or paragraph
// is as long; about 150,000 token ids are.
const LongestLine = 1 << 20

// Lines reads the lines of a text, numbered from 1. A line ends in LF or CR LF.
// Other separators of Unicode and ASCII (U+2028, FS) occur inside sentences.
type Lines struct {
	name   string
	in     *bufio.Reader
	number int
	end    bool
	broken int // the first line that is not UTF-8
}

// NewLines reads the lines of in. Errors begin with name, the name of the file.
func NewLines(name string, in io.Reader) *Lines {
	return &Lines{name: name, in: bufio.NewReaderSize(in, 1<<16)}
}

// Number is the number of the line that Next returned last.
func (l *Lines) Number() int { return l.number }

// Next returns the next line without its end, and io.EOF after the last. A line
// that is too long, UTF-16, and a file whose lines end in CR alone are a
// [usererror.Error] that names the file and the line.
func (l *Lines) Next() (string, error) {
	if l.end {
		return "", io.EOF
	}
	line, err := l.read()
	if l.end = err == io.EOF; l.end && len(line) == 0 {
		return "", io.EOF
	}
	l.number++
	if err != nil && !l.end {
		return "", fmt.Errorf("%s:%d: %w", l.name, l.number, err)
	}
	if l.number == 1 {
		if line, err = Unmarked(line); err != nil {
			return "", l.Errorf("%w", err)
		}
		if l.end && loneCR(line) {
			return "", l.Errorf("%w", errLoneCR)
		}
	}
	if l.broken == 0 && !utf8.Valid(line) {
		l.broken = l.number
	}
	return string(bytes.TrimRight(line, "\r\n")), nil
}

// Warning names the first line so far that is not UTF-8; "" if there is none.
func (l *Lines) Warning() string {
	if l.broken == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d: not UTF-8, and read as U+FFFD: save the text as UTF-8", l.name, l.broken)
}

// Errorf returns a [usererror.Error] about the line that Next returned last.
func (l *Lines) Errorf(format string, args ...any) error {
	return usererror.Errorf("%s:%d: "+format, append([]any{l.name, l.number}, args...)...)
}

var errLoneCR = usererror.New("lines end in CR alone, as on an old Mac: end them in LF (tr '\\r' '\\n')")

// read returns the next line with its end. The error of a last line without LF is io.EOF.
func (l *Lines) read() ([]byte, error) {
	var line []byte
	for {
		part, err := l.in.ReadSlice('\n')
		if len(line)+len(part) > LongestLine {
			if l.number == 0 && loneCR(line) {
				return nil, errLoneCR
			}
			return nil, usererror.Errorf("the line has more than %d bytes: is this a file of texts? If so, cut it into lines", LongestLine)
		}
		line = append(line, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// loneCR tells whether a CR is followed by another character than LF.
func loneCR(line []byte) bool {
	return bytes.ContainsRune(bytes.TrimRight(line, "\r\n"), '\r')
}
