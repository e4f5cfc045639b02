package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/datasets"
	"xpt/internal/interrupted"
	"xpt/internal/jsonfile"
	"xpt/internal/plaintext"
	"xpt/internal/usererror"
	"xpt/tokenize"
)

// predictOptions are the flags of xpt predict.
type predictOptions struct {
	labeller
	Text        string `flag:"text" path:"true" help:"file of texts, one a line; - is standard input"`
	InputFormat string `flag:"input-format" help:"text: a text, two separated by a TAB, or words separated by spaces; json: a string, a list of two, or a list of words"`
	JSON        bool   `flag:"json" help:"one JSON object a line, with the probability of each label"`
}

func predictCommand() *cli.Command {
	o, c := predictOptions{InputFormat: "text"}, defaultCompute()
	return &cli.Command{
		Name:      "predict",
		Usage:     "label new text",
		ArgsUsage: "RUN",
		Description: "Writes the label of each line, or word/tag for each word if the run tags words. RUN is a folder of xpt train\n" +
			"or of a study, or a PEFT adapter with a head among its modules_to_save. Where its checkpoint has moved --checkpoint names it; the same weights beside the run, in the working\n" +
			"folder, its checkpoints/ or the Hugging Face cache are found without.",
		Flags: append(flagsOf(&o), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			return onRanks(ctx, &c, func(stdout, stderr io.Writer) error {
				return runPredict(ctx.Context, ctx.Args().First(), o, c, stdout, stderr)
			})
		},
	}
}

// The size of a batch that is read, computed and answered at a time: lines, or bytes if fewer.
const (
	predictRows  = 512
	predictBytes = 256 << 10
)

func runPredict(ctx context.Context, run string, o predictOptions, c xpt.Compute, stdout, stderr io.Writer) error {
	if o.InputFormat != "text" && o.InputFormat != "json" {
		return usererror.Errorf("--input-format: %q is neither text nor json", o.InputFormat)
	}
	if o.Text == "" {
		return usererror.New("--text is missing: name a file of texts, or - for standard input")
	}
	if err := notShared(c, o.Text); err != nil {
		return err
	}
	bar := newProgress(stderr, 0, "lines", "")
	defer bar.close()
	m, err := o.open(run, c)
	if err != nil {
		return err
	}
	defer m.Close()
	if _, err := m.Predict(ctx, nil); err != nil { // refuses a wrong run before anything is read
		return err
	}
	in, name, close, err := openInput(ctx, o.Text)
	if err != nil {
		return err
	}
	defer close()
	lines := plaintext.NewLines(name, in)
	out := bufio.NewWriter(stdout)
	if o.Text == "-" && onTerminal(os.Stdin) { // what is typed would mix with the bar
		bar.close()
	}
	for done := 0; ; {
		batch, err := readInputs(lines, m.Task(), o.InputFormat == "json")
		if err == nil && batch == nil {
			bar.close()
			warn(stderr, lines.Warning())
			return nil
		}
		var answers []xpt.Prediction
		if err == nil {
			answers, err = m.Predict(ctx, batch)
		}
		if wrong := (*xpt.InputError)(nil); errors.As(err, &wrong) {
			return usererror.Errorf("%s:%d: %w", name, lines.Number()-len(batch)+1+wrong.Index, wrong.Err)
		}
		if errors.Is(err, context.Canceled) {
			return interrupted.Errorf(err, "stopped; the labels of the first %d lines are written, and the same command begins anew", done)
		}
		if err != nil {
			return err
		}
		if onTerminal(stdout) { // the labels show how far it is
			bar.close()
		}
		for i, answer := range answers {
			if err := writePrediction(out, m.Task(), batch[i], answer, o.JSON); err != nil {
				return err
			}
		}
		if err := out.Flush(); err != nil {
			return err
		}
		done += len(batch)
		bar.set(done, "")
	}
}

// readInputs reads the next batch of inputs, nil at the end.
func readInputs(lines *plaintext.Lines, task datasets.Task, asJSON bool) (batch [][]string, err error) {
	for size := 0; len(batch) < predictRows && size < predictBytes; {
		line, err := lines.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		input, err := parseInput(line, task, asJSON)
		if err != nil {
			return nil, lines.Errorf("%w", err)
		}
		batch = append(batch, input)
		size += len(line)
	}
	return batch, nil
}

// parseInput parses a line as an input of the task.
func parseInput(line string, task datasets.Task, asJSON bool) (input []string, err error) {
	var one string
	switch {
	case !asJSON && task.TagsWords():
		input = strings.Fields(line)
	case !asJSON:
		input = strings.Split(line, "\t")
	case task.TagsWords():
		input, err = tokenize.WordList(line)
	case strings.HasPrefix(strings.TrimSpace(line), `"`):
		if err = jsonfile.UnmarshalPart([]byte(line), &one); err == nil {
			input = []string{one}
		}
	default:
		if input, err = tokenize.WordList(line); err != nil {
			err = usererror.Errorf("expected a JSON string, or a list of two (%w)", err)
		}
	}
	if err == nil {
		_, err = task.Example(input)
	}
	return input, err
}

// labelled and tagged are lines of --json.
type labelled struct {
	Label  string             `json:"label"`
	Scores map[string]float64 `json:"scores"` // probabilities
}

type tagged struct {
	Words  []string             `json:"words"`
	Tags   []string             `json:"tags"`
	Scores []map[string]float64 `json:"scores"` // of each word
}

func writePrediction(w io.Writer, task datasets.Task, input []string, p xpt.Prediction, asJSON bool) error {
	var answer any
	var text string
	if task.TagsWords() {
		pairs := make([]string, len(p.Labels))
		for i, word := range input {
			pairs[i] = inLine(word) + "/" + inLine(p.Labels[i])
		}
		answer, text = tagged{input, p.Labels, p.Probabilities}, strings.Join(pairs, " ")
	} else {
		answer, text = labelled{p.Labels[0], p.Probabilities[0]}, inLine(p.Labels[0])
	}
	if asJSON {
		return json.NewEncoder(w).Encode(answer)
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
