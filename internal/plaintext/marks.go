// Package plaintext reads texts that are UTF-8 and whose lines are bound to
// end. What is not what it was taken for, such as UTF-16 or weights given as
// texts, is an error that says what to do.
package plaintext

import (
	"bytes"

	"xpt/internal/usererror"
)

// Unmarked is a text, or the beginning of one, without the mark that some
// editors put before UTF-8. UTF-16 and UTF-32 are a [usererror.Error].
func Unmarked(text []byte) ([]byte, error) {
	if isUTF16(text) {
		return nil, usererror.New("the text is UTF-16 or UTF-32: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)")
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil
}

// isUTF16 tells UTF-16 by its mark, or by the zeros beside two ASCII characters.
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
