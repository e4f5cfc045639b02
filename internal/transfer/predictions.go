package transfer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"xpt/checkpoints"
	"xpt/datasets"
	"xpt/internal/regular"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/metrics"
)

// WritePredictions writes two files per language, with the examples that limit draws. dir/{split}-{language}.tsv has the format of XTREME's
// submissions: a label per line, or a tag per line with an empty line between sentences. A label that
// begins with = + - or @, such as -LRB-, is not escaped there, unlike in the CSV tables of a report.
// dir/{split}-{language}.jsonl has a predictedRow per line.
func WritePredictions(dir string, data *train.Data, split string, limit datasets.Limit, languages []metrics.LanguageResult) (err error) {
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
		part, err := data.Drawn(split, l.Code, limit)
		if err != nil {
			return err
		}
		labels, rows := submission(data.Task, l), new(bytes.Buffer)
		enc := json.NewEncoder(rows)
		enc.SetEscapeHTML(false)
		for i, x := range part.Examples {
			if err := enc.Encode(rowOf(data, x, l, i)); err != nil {
				return err
			}
		}
		for ending, content := range map[string][]byte{".tsv": labels, ".jsonl": rows.Bytes()} {
			if err := checkpoints.WriteFile(predictionsFile(dir, split, l.Code, ending), content); err != nil {
				return err
			}
		}
	}
	return nil
}

func submission(task datasets.Task, l metrics.LanguageResult) []byte {
	var text bytes.Buffer
	for i, labels := range l.Predicted {
		if i > 0 && task.TagsWords() {
			text.WriteByte('\n')
		}
		text.WriteString(strings.Join(labels, "\n") + "\n")
	}
	return text.Bytes()
}

// predictedRow is one example and its prediction. Gold and Predicted are a label, or a list with one
// per word; Gold is null if the data have none. Probabilities are those of all labels, by name, or a
// list with that of each word's predicted tag.
type predictedRow struct {
	ID            string   `json:"id"`
	File          string   `json:"file"` // below the data folder
	Line          int      `json:"line"`
	Text          string   `json:"text,omitempty"`
	Pair          string   `json:"pair,omitempty"`
	Choices       []string `json:"choices,omitempty"`
	Words         []string `json:"words,omitempty"`
	Gold          any      `json:"gold"`
	Predicted     any      `json:"predicted"`
	Probabilities any      `json:"probabilities,omitempty"`
}

func rowOf(data *train.Data, x datasets.Example, l metrics.LanguageResult, i int) predictedRow {
	r := predictedRow{ID: x.ID, File: data.Below(x.File), Line: x.Line, Text: x.Text, Pair: x.Pair, Choices: x.Choices, Words: x.Words}
	if data.Task.TagsWords() {
		r.Predicted = l.Predicted[i]
		if x.Tags != nil {
			r.Gold = x.Tags
		}
		if l.Probabilities != nil {
			list := make([]json.Number, len(l.Probabilities[i]))
			for k, p := range l.Probabilities[i] {
				list[k] = sixDigits(p)
			}
			r.Probabilities = list
		}
		return r
	}
	r.Predicted = l.Predicted[i][0]
	if x.Label != "" {
		r.Gold = x.Label
	}
	if l.Probabilities != nil {
		byLabel := map[string]json.Number{}
		for k, p := range l.Probabilities[i] {
			byLabel[data.Task.Labels[k]] = sixDigits(p)
		}
		r.Probabilities = byLabel
	}
	return r
}

func sixDigits(p float64) json.Number { return json.Number(strconv.FormatFloat(p, 'g', 6, 64)) }

func predictionsFile(dir, split, language, ending string) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s%s", split, language, ending))
}

// largestPredictions is the largest size in bytes of a file that predictions may replace, enough for
// ten million words.
const largestPredictions = 64 << 20

// CheckPredictions refuses files that [WritePredictions] must not replace: those that hold anything
// but predictions of the task, such as its data.
func CheckPredictions(dir string, task datasets.Task, split string, languages []string) error {
	if err := checkpoints.CheckFolder(dir); err != nil {
		return err
	}
	for _, language := range languages {
		for ending, isLine := range map[string]func(string) bool{
			".tsv":   func(line string) bool { return line == "" || task.LabelIndex(line) >= 0 },
			".jsonl": isPredictedRow,
		} {
			if err := checkPredictions(predictionsFile(dir, split, language, ending), task, isLine); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkPredictions(path string, task datasets.Task, isLine func(string) bool) error {
	if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := checkpoints.CheckOutput(path); err != nil {
		return err
	}
	text, err := regular.ReadFile(path, largestPredictions)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if !isLine(strings.TrimSuffix(line, "\n")) {
			return usererror.Errorf("%s holds no predictions of task %s: name another folder", path, task.Name)
		}
	}
	return nil
}

func isPredictedRow(line string) bool {
	var row map[string]any
	if json.Unmarshal([]byte(line), &row) != nil {
		return false
	}
	_, gold := row["gold"]
	return gold && row["predicted"] != nil
}
