// Package plaintext reads UTF-8 texts line by line, with a limit on a line's
// length. Other files, such as UTF-16 or weights given as texts, are errors that
// say what to do.
package plaintext

import (
	"bytes"

	"xpt/internal/usererror"
)

// Unmarked returns a text, or the beginning of one, without the byte order mark
// that some editors put before UTF-8. UTF-16 and UTF-32 are a [usererror.Error].
func Unmarked(text []byte) ([]byte, error) {
	if isUTF16(text) {
		return nil, usererror.New("the text is UTF-16 or UTF-32: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// isUTF16 recognizes UTF-16 and UTF-32 by the byte order mark, or by the zeros in the first ASCII characters.
func isUTF16(text []byte) bool {
	if len(text) < 2 {
		return false
	}
	if text[0] == 0xff && text[1] == 0xfe || text[0] == 0xfe && text[1] == 0xff {
		return true
	}
	if len(text) < 4 {
		return false
	}
	zeros := [4]bool{text[0] == 0, text[1] == 0, text[2] == 0, text[3] == 0}
	switch zeros {
	case [4]bool{true, false, true, false}, [4]bool{false, true, false, true}, // UTF-16
		[4]bool{true, true, true, false}, [4]bool{false, true, true, true}, // UTF-32
		[4]bool{true, true, false, false}: // UTF-32's mark, big-endian
		return true
	}
	return false
}
