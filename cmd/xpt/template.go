package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/transfer"
	"xpt/internal/usererror"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/xglm"
)

type templateOptions struct {
	Template  string `flag:"template" help:"xnli, pawsx or xcopa: zero-shot accuracy on labelled data"`
	Data      string `flag:"data" path:"true" help:"of --template: folder of the task's data, or its parent"`
	Languages string `flag:"languages" help:"of --template: all, or a list such as en,de,sw"`
	Split     string `flag:"split" help:"of --template: test or dev; empty: test where the data has one"`
	Words     string `flag:"words" help:"of --template: your own words for right,yes,also,no,because,so, for every language"`
	Limit     int    `flag:"limit" range:"[0,]" help:"of --template: at most so many examples of a language; 0: all"`
}

// zeroShot is a language's result.
type zeroShot struct {
	Task     string `json:"task"`
	Split    string `json:"split"`
	Language string `json:"language"`
	*zeroshot.Count
}

func runTemplate(ctx context.Context, o scoreOptions, c compute, stdout, stderr io.Writer) error {
	if o.IDs != "" || o.Text != "" || o.Prefixed || o.Perplexity {
		return usererror.New("--template reads --data: it goes without --ids, --text, --prefixed and --perplexity")
	}
	if !slices.Contains(zeroshot.Tasks, o.Template) {
		return usererror.Errorf("--template: %q is none of %s", o.Template, strings.Join(zeroshot.Tasks, ", "))
	}
	if o.Data == "" {
		return usererror.New("--template: name the folder of the data with --data")
	}
	task, err := datasets.Open(o.Template, o.Data)
	if err != nil {
		return usererror.Of(err)
	}
	split, languages, err := transfer.Choose(task, o.Data, o.Split, o.Languages)
	if err != nil {
		return usererror.Of(err)
	}
	words := map[string]zeroshot.Words{}
	for _, language := range languages {
		if words[language], err = templateWords(o.Words, language); err != nil {
			return err
		}
	}
	m, err := o.load(c, source{Text: o.Data, Tokenizer: o.Tokenizer}, stderr)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(stdout)
	if !o.JSON {
		fmt.Fprintf(stdout, "%s %s, zero-shot\nlanguage  examples     acc  stderr  acc_norm  stderr\n", task.Name, split)
	}
	err = m.infer(func(s *libtorch.Scope, past *xglm.Past) error {
		for _, language := range languages {
			count, err := scoreLanguage(ctx, s, m, past, task, o, split, language, words[language], stderr)
			if err != nil {
				return err
			}
			if o.JSON {
				err = lines.Encode(zeroShot{task.Name, split, language, count})
			} else {
				_, err = fmt.Fprintf(stdout, "%-8s  %8d  %6.4f  %6.4f    %6.4f  %6.4f\n", language, count.Examples, count.Acc, count.StdErr, count.AccNorm, count.StdNorm)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, m.close())
}

func templateWords(own, language string) (zeroshot.Words, error) {
	if own == "" {
		words, err := zeroshot.Lookup(language)
		return words, usererror.Of(err)
	}
	w, err := zeroshot.ParseWords(own)
	if err != nil {
		err = usererror.Errorf("--words: %w", err)
	}
	return w, err
}

func scoreLanguage(ctx context.Context, s *libtorch.Scope, m *opened, past *xglm.Past, task datasets.Task, o scoreOptions, split, language string, words zeroshot.Words, stderr io.Writer) (*zeroshot.Count, error) {
	examples, err := task.Load(o.Data, split, language)
	if err != nil {
		return nil, usererror.Of(err)
	}
	if o.Limit > 0 && o.Limit < len(examples) {
		examples = examples[:o.Limit]
	}
	bar := newProgress(stderr, len(examples), "examples")
	defer bar.close()
	_, count, err := zeroshot.Answer(ctx, s, m.Model, past, m.tokenizer, task, words, examples, func(done int) { bar.set(done, language) })
	return count, err
}
