package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/datasets"
	"xpt/internal/plaintext"
	"xpt/internal/train"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/tokenize"
)

// predictOptions are the flags of xpt predict.
type predictOptions struct {
	Text        string `flag:"text" path:"true" help:"file of texts, one a line; - is standard input"`
	InputFormat string `flag:"input-format" help:"text: a text, two parted by a TAB, or words parted by spaces; json: a string, a list of two, or a list of words"`
	JSON        bool   `flag:"json" help:"one JSON object a line, with the probability of each label"`
}

func predictCommand() *cli.Command {
	o, c := predictOptions{InputFormat: "text"}, defaultCompute()
	return &cli.Command{
		Name:      "predict",
		Usage:     "labels for new text",
		ArgsUsage: "RUN",
		Description: "Answers each line with its label, or, by a run that tags words, with word/tag for each word. The run is one of\n" +
			"xpt train or of a study; its checkpoint must be where it was.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			if ctx.Args().Len() != 1 {
				return usererror.New("predict: name one run folder")
			}
			return runPredict(ctx.Context, ctx.Args().First(), o, c, ctx.App.Writer)
		},
	}
}

// What is read, computed and answered at a time: so many lines, or those that
// have so many bytes.
const (
	predictRows  = 512
	predictBytes = 256 << 10
)

func runPredict(ctx context.Context, run string, o predictOptions, c compute, stdout io.Writer) error {
	if o.InputFormat != "text" && o.InputFormat != "json" {
		return usererror.Errorf("--input-format: %q is neither text nor json", o.InputFormat)
	}
	if o.Text == "" {
		return usererror.New("--text is missing: name a file of texts, or - for standard input")
	}
	dev, dtype, err := c.resolve()
	if err != nil {
		return err
	}
	l, _, err := train.OpenRun(run, dev, dtype)
	if err != nil {
		return usererror.Of(err)
	}
	defer l.Close()
	if !l.Task.HasLabels() {
		return usererror.Errorf("%s is a run of task %s: it has no labels to predict", run, l.Task.Name)
	}
	in, name, close, err := openInput(o.Text)
	if err != nil {
		return err
	}
	defer close()
	lines := plaintext.NewLines(name, in)
	out := bufio.NewWriter(stdout)
	for done := false; !done; {
		var batch []datasets.Example
		for size := 0; len(batch) < predictRows && size < predictBytes; {
			line, err := lines.Next()
			if done = err == io.EOF; done {
				break
			}
			if err != nil {
				return err
			}
			x, err := predictable(line, l.Task, o.InputFormat == "json")
			if err != nil {
				return lines.Errorf("%w", err)
			}
			x.File, x.Line = name, lines.Number()
			batch = append(batch, x)
			size += len(line)
		}
		answers, err := transfer.Predict(ctx, l, batch)
		if err != nil {
			return err
		}
		for i, answer := range answers {
			if err := writePrediction(out, l.Task, batch[i], answer, o.JSON); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// predictable makes an example of a line. Whether the user's own texts come in
// pairs only the line tells.
func predictable(line string, task datasets.Task, asJSON bool) (x datasets.Example, err error) {
	if task.TagsWords() {
		x.Words = strings.Fields(line)
		if asJSON {
			x.Words, err = tokenize.WordList(line)
		}
		return x, cmp.Or(err, datasets.CheckSentence(x.Words))
	}
	texts := strings.Split(line, "\t")
	if asJSON {
		var one *string
		if json.Unmarshal([]byte(line), &one) == nil && one != nil {
			texts = []string{*one}
		} else if texts, err = tokenize.WordList(line); err != nil {
			return x, usererror.New("expected a JSON string, or a list of two")
		}
	}
	least, most := 1, 1
	if task.Pair {
		least, most = 2, 2
	} else if task.Name == "classification" {
		most = 2
	}
	if len(texts) < least || len(texts) > most {
		return x, usererror.Errorf("%d texts: task %s takes %d", len(texts), task.Name, most)
	}
	x.Text = texts[0]
	if len(texts) == 2 {
		x.Pair = texts[1]
	}
	return x, nil
}

// labelled and tagged are what --json says of a line.
type labelled struct {
	Label  string             `json:"label"`
	Scores map[string]float64 `json:"scores"` // probabilities
}

type tagged struct {
	Words  []string             `json:"words"`
	Tags   []string             `json:"tags"`
	Scores []map[string]float64 `json:"scores"` // of each word
}

func writePrediction(w io.Writer, task datasets.Task, x datasets.Example, p transfer.Prediction, asJSON bool) error {
	var answer any
	var text string
	if task.TagsWords() {
		pairs := make([]string, len(p.Labels))
		for i, word := range x.Words {
			pairs[i] = inLine(word) + "/" + inLine(p.Labels[i])
		}
		answer, text = tagged{x.Words, p.Labels, p.Probabilities}, strings.Join(pairs, " ")
	} else {
		answer, text = labelled{p.Labels[0], p.Probabilities[0]}, inLine(p.Labels[0])
	}
	if asJSON {
		return json.NewEncoder(w).Encode(answer)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
