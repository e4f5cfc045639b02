package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/urfave/cli/v2"

	"xpt/internal/regular"
	"xpt/internal/usererror"
	"xpt/tokenize"
)

type tokenizeOptions struct {
	Tokenizer   string `flag:"tokenizer" path:"true" help:"checkpoint folder, SentencePiece model or tokenizer.json"`
	Rule        string `flag:"rule" help:"auto, spm (SentencePiece's ids) or hf (ids of Hugging Face's fast tokenizer)"`
	Words       bool   `flag:"words" help:"each line is a list of words: separated by white space, or a JSON list"`
	InputFormat string `flag:"input-format" help:"text, or json: each line a JSON string, with --words a JSON list of words"`
	Special     bool   `flag:"special" help:"XGLM's layout: </s> before the text"`
	JSON        bool   `flag:"json" help:"one JSON object a line: ids, pieces, offsets (code points), words"`
	Stats       bool   `flag:"stats" help:"only count, for each file: lines, words, sub-tokens, fertility, continued and emptied words, unknown tokens"`
	Threads     int    `flag:"threads" range:"[0,]" help:"threads; 0: one per core"`
}

func tokenizeCommand() *cli.Command {
	opts := tokenizeOptions{Rule: string(tokenize.Auto), InputFormat: "text"}
	return &cli.Command{
		Name:      "tokenize",
		Usage:     "turn the lines of files (or of standard input) into ids and pieces",
		ArgsUsage: "[FILE...]",
		Flags:     flagsOf(&opts),
		Action: func(c *cli.Context) error {
			return runTokenize(c.Context, os.Stdin, c.App.Writer, c.App.ErrWriter, opts, c.Args().Slice())
		},
	}
}

// runTokenize tokenizes files in order; "-", or no file, is standard input. With --rule auto it writes the rule to messages.
func runTokenize(ctx context.Context, stdin io.Reader, out, messages io.Writer, opts tokenizeOptions, files []string) error {
	if opts.InputFormat != "text" && opts.InputFormat != "json" {
		return usererror.Errorf("--input-format: %q is neither text nor json", opts.InputFormat)
	}
	if opts.Tokenizer == "" {
		return usererror.New("--tokenizer is missing: name a checkpoint's folder, a SentencePiece model or a tokenizer.json")
	}
	runtime.GOMAXPROCS(opts.Threads) // 0 changes nothing
	t, err := tokenize.Load(opts.Tokenizer, tokenize.Rule(opts.Rule))
	if err != nil {
		return usererror.Of(err)
	}
	if tokenize.Rule(opts.Rule) == tokenize.Auto {
		fmt.Fprintf(messages, "xpt tokenize: rule %s\n", t.Rule())
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, file := range files {
		if err := tokenizeFile(ctx, t, stdin, out, messages, opts, file); err != nil {
			return err
		}
	}
	return nil
}

func tokenizeFile(ctx context.Context, t *tokenize.Tokenizer, stdin io.Reader, out, messages io.Writer, opts tokenizeOptions, file string) error {
	name, in, answers := "standard input", io.Reader(interruptible{ctx, stdin}), out
	if f, ok := stdin.(*os.File); ok && file == "-" {
		if err := regular.NotStandardOutput(name, f); err != nil {
			return err
		}
	}
	if file != "-" {
		f, called, close, err := openInput(ctx, file)
		if err != nil {
			return err
		}
		defer close()
		name, in = called, f
	}
	if opts.Stats {
		answers = nil
	}
	stats, err := t.Stream(ctx, name, in, answers, tokenize.StreamOptions{
		JSONInput: opts.InputFormat == "json", Words: opts.Words, Special: opts.Special, JSON: opts.JSON})
	warn(messages, stats.Warning)
	switch {
	case err != nil || !opts.Stats:
		return usererror.Of(err)
	case opts.JSON:
		return json.NewEncoder(out).Encode(stats)
	}
	_, err = fmt.Fprintln(out, stats)
	return err
}
