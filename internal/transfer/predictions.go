package transfer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// WritePredictions writes dir/{split}-{language}.tsv in the format of XTREME's submissions: a label
// per line, or a tag per line with an empty line between sentences. A label that begins with = + - or
// @, such as -LRB-, is not escaped, unlike in the CSV tables of a report: programs read these files.
func WritePredictions(dir string, task datasets.Task, split string, languages []LanguageResult) (err error) {
	undo, err := checkpoints.MakeFolder(dir)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			undo()
		}
	}()
	for _, l := range languages {
		var text strings.Builder
		for i, labels := range l.Predicted {
			if i > 0 && task.TagsWords() {
				text.WriteByte('\n')
			}
			text.WriteString(strings.Join(labels, "\n") + "\n")
		}
		path := predictionsFile(dir, split, l.Code)
		if err := checkpoints.WriteFile(path, []byte(text.String())); err != nil {
			return err
		}
	}
	return nil
}

func predictionsFile(dir, split, language string) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s.tsv", split, language))
}

// largestPredictions is the largest size in bytes of a file that predictions may replace, enough for
// ten million words.
const largestPredictions = 64 << 20

// CheckPredictions refuses files that [WritePredictions] must not replace: those that hold anything
// but labels of the task, such as its data.
func CheckPredictions(dir string, task datasets.Task, split string, languages []string) error {
	if err := checkpoints.CheckFolder(dir); err != nil {
		return err
	}
	for _, language := range languages {
		path := predictionsFile(dir, split, language)
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if _, err := checkpoints.CheckOutput(path); err != nil {
			return err
		}
		text, err := regular.ReadFile(path, largestPredictions)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSuffix(line, "\n"); line != "" && task.LabelIndex(line) < 0 {
				return usererror.Errorf("%s holds no predictions of task %s: name another folder", path, task.Name)
			}
		}
	}
	return nil
}
