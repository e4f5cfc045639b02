package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v2"

	"xpt/internal/tokenize"
)

type tokenizeOptions struct {
	Tokenizer   string `flag:"tokenizer" required:"true" help:"checkpoint folder, SentencePiece model or tokenizer.json"`
	Rule        string `flag:"rule" help:"auto, spm (SentencePiece's ids) or hf (those of Hugging Face's fast tokenizer)"`
	Words       bool   `flag:"words" help:"a line is a list of words: separated by white space, or a JSON list"`
	InputFormat string `flag:"input-format" help:"text, or json: a JSON string a line, with --words a JSON list of words"`
	Special     bool   `flag:"special" help:"XGLM's layout: </s> before the text"`
	JSON        bool   `flag:"json" help:"one JSON object a line: ids, pieces, offsets (code points), words"`
	Stats       bool   `flag:"stats" help:"only count, per file: lines, words, sub-tokens, fertility, continued and emptied words, unknowns"`
}

func tokenizeCommand() *cli.Command {
	opts := tokenizeOptions{Rule: string(tokenize.Auto), InputFormat: "text"}
	return &cli.Command{
		Name:      "tokenize",
		Usage:     "turn the lines of files (or of standard input) into ids and pieces",
		ArgsUsage: "[FILE...]",
		Flags:     flagsOf(&opts),
		Action:    func(c *cli.Context) error { return runTokenize(c, opts, c.Args().Slice()) },
	}
}

func runTokenize(c *cli.Context, opts tokenizeOptions, files []string) error {
	if opts.InputFormat != "text" && opts.InputFormat != "json" {
		return fmt.Errorf("--input-format: %q is neither text nor json", opts.InputFormat)
	}
	t, err := tokenize.Load(opts.Tokenizer, tokenize.Rule(opts.Rule))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, file := range files {
		if err := tokenizeFile(c, t, opts, file); err != nil {
			return err
		}
	}
	return nil
}

func tokenizeFile(c *cli.Context, t *tokenize.Tokenizer, opts tokenizeOptions, file string) error {
	name, in := "standard input", io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		name, in = file, f
	}
	out := c.App.Writer
	if opts.Stats {
		out = nil
	}
	stats, err := t.Stream(c.Context, name, in, out, tokenize.StreamOptions{
		JSONInput: opts.InputFormat == "json", Words: opts.Words, Special: opts.Special, JSON: opts.JSON})
	if err != nil || !opts.Stats {
		return err
	}
	if opts.JSON {
		return json.NewEncoder(c.App.Writer).Encode(stats)
	}
	_, err = fmt.Fprintf(c.App.Writer, "%v, rule %s\n", stats, t.Rule())
	return err
}
