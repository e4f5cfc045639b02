package transfer

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
)

// WritePredictions writes dir/{split}-{language}.tsv as XTREME's submissions
// are laid out: a label per line, or a tag per line with an empty line between
// sentences.
func WritePredictions(dir string, task datasets.Task, split string, languages []Language) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, l := range languages {
		var text strings.Builder
		for i, labels := range l.Predicted {
			if i > 0 && task.Kind == datasets.Tagging {
				text.WriteByte('\n')
			}
			text.WriteString(strings.Join(labels, "\n") + "\n")
		}
		path := filepath.Join(dir, fmt.Sprintf("%s-%s.tsv", split, l.Language))
		if err := checkpoints.WriteFile(path, []byte(text.String())); err != nil {
			return err
		}
	}
	return nil
}
