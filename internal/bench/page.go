package bench

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"xpt/checkpoints"
	"xpt/internal/regular"
)

// The marks of a page around the text of xpt bench; the rest stays unchanged.
const (
	beginMark = "<!-- bench: written by xpt bench -->"
	endMark   = "<!-- /bench -->"
)

// CheckPage returns an error if [WritePage] cannot write to the page.
func CheckPage(path string) error {
	if _, err := checkpoints.CheckOutput(path); err != nil {
		return err
	}
	_, _, err := readPage(path)
	return err
}

// WritePage replaces the text between the marks of a page, or creates the page.
func WritePage(path, text string) error {
	before, after, err := readPage(path)
	if err != nil {
		return err
	}
	return checkpoints.WriteFile(path, []byte(before+beginMark+"\n\n"+strings.TrimSpace(text)+"\n\n"+endMark+after))
}

// largestPage limits the bytes of a page.
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
