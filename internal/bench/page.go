package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"xpt/checkpoints"
	"xpt/internal/regular"
)

// What xpt bench writes stands between these lines of a page; the rest of it is
// left as it is.
const (
	beginMark = "<!-- bench: written by xpt bench -->"
	endMark   = "<!-- /bench -->"
)

// CheckPage tells before the work whether [WritePage] can put it there.
func CheckPage(path string) error {
	if _, err := checkpoints.CheckOutput(path); err != nil {
		return err
	}
	_, _, err := readPage(path)
	return err
}

// WritePage puts text between the marks of a page, or makes the page.
func WritePage(path, text string) error {
	before, after, err := readPage(path)
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(path, []byte(before+beginMark+"\n\n"+strings.TrimSpace(text)+"\n\n"+endMark+after))
}

// largestPage is how many bytes a page to write into may have.
const largestPage = 16 << 20

func readPage(path string) (before, after string, err error) {
	text, err := regular.ReadFile(path, largestPage)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "\n", nil
	}
	if err != nil {
		return "", "", err
	}
	before, rest, began := strings.Cut(string(text), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !began || !ended {
		return "", "", fmt.Errorf("%s: it has no lines %q and %q to write between", path, beginMark, endMark)
	}
	return before, after, nil
}
