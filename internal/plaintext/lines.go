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

// LongestLine is how many bytes a line may have: more than any sentence or
// paragraph has, and about what 150,000 token ids take.
const LongestLine = 1 << 20

// Lines are those of a text, numbered from 1. A line ends in LF or CR LF; other
// separators that Unicode or ASCII know (U+2028, FS) occur inside sentences.
type Lines struct {
	name   string
	in     *bufio.Reader
	number int
	end    bool
	broken int // the first line that is not UTF-8
}

// NewLines reads lines; the name of their file stands in errors.
func NewLines(name string, in io.Reader) *Lines {
	return &Lines{name: name, in: bufio.NewReaderSize(in, 1<<16)}
}

// Number is that of the line that Next gave last.
func (l *Lines) Number() int { return l.number }

// Next is the next line without its end, and io.EOF after the last. A line that
// is too long, UTF-16, and a file whose lines end in CR alone, which would be
// one line, are a [usererror.Error] with the file and the line.
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

// Warning tells of the first line so far that is not UTF-8; "" for none.
func (l *Lines) Warning() string {
	if l.broken == 0 {
		return ""
	}
	return fmt.Sprintf("%s:%d: not UTF-8, and read as U+FFFD: save the text as UTF-8", l.name, l.broken)
}

// Errorf is an error of the user about the line that Next gave last.
func (l *Lines) Errorf(format string, args ...any) error {
	return usererror.Errorf("%s:%d: "+format, append([]any{l.name, l.number}, args...)...)
}

var errLoneCR = usererror.New("lines end in CR alone, as on an old Mac: end them in LF (tr '\\r' '\\n')")

// read is the next line with its end; the error of a last line without LF is io.EOF.
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

// loneCR tells whether a CR stands before another character than LF.
func loneCR(line []byte) bool {
	return bytes.ContainsRune(bytes.TrimRight(line, "\r\n"), '\r')
}
