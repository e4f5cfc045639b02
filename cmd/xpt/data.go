package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"xpt/datasets"
	"xpt/internal/usererror"
)

type dataOptions struct {
	Task string `flag:"task" help:"read only this task's data; by default folder names and labels decide"`
	Odd  int    `flag:"odd" range:"[0,]" help:"odd rows to show for each file; --json lists all"`
	Init bool   `flag:"init" help:"write into DIR, a new folder, small examples of your own data in every form, to start from"`
	JSON bool   `flag:"json" help:"report as JSON"`
}

func dataCommand() *cli.Command {
	opts := dataOptions{Odd: 3}
	return &cli.Command{
		Name:      "data",
		Usage:     "list the data sets in a folder",
		ArgsUsage: "DIR",
		Description: "Reads every file below DIR that belongs to a task: split, language, examples, label counts, and odd rows\n" +
			"by file and line. Exit status 1 if a file cannot be read to its end. --init writes a folder to start from, whose\n" +
			"README.md says which files, forms and columns make data of your own.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			if opts.Init {
				return initData(c.App.Writer, c.Args().First())
			}
			return runData(c.App.Writer, c.Args().First(), opts)
		},
	}
}

// initData writes the starter folder, and says how it goes on.
func initData(w io.Writer, dir string) error {
	files, err := datasets.WriteStarter(dir)
	if err != nil {
		return usererror.Of(err)
	}
	for _, file := range files {
		fmt.Fprintln(w, file)
	}
	for _, task := range []string{"classification", "tagging"} {
		fmt.Fprintf(w, "xpt train --checkpoint facebook/xglm-564M --task %s --method prefix --data %s --out %s-run\n", task, inLine(quoted(dir)), task)
	}
	return nil
}

func runData(w io.Writer, dir string, opts dataOptions) error {
	survey, err := datasets.Look(dir, opts.Task)
	if err != nil {
		return usererror.Of(err)
	}
	if opts.JSON {
		err = json.NewEncoder(w).Encode(survey)
	} else {
		err = printSurvey(w, survey, opts.Odd)
	}
	if err != nil {
		return err
	}
	if len(survey.Parts) == 0 {
		return usererror.Errorf("%s: no data that a task recognises; a language must be in the name, as in train-en.tsv", dir)
	}
	for _, p := range survey.Parts {
		if p.Error != "" {
			return usererror.New(p.Error + guessedFrom(p))
		}
	}
	return nil
}

func printSurvey(w io.Writer, survey datasets.Survey, odd int) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "task\tsplit\tlanguage\texamples\twords\todd\tlabels\tfile")
	for _, p := range survey.Parts {
		words := ""
		if p.Words > 0 {
			words = fmt.Sprint(p.Words)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%d\t%s\t%s\n", p.Task, p.Split, p.Language, p.Examples, words, len(p.Odd), inLine(labelCounts(p)), inLine(p.File))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, p := range survey.Parts {
		for i, o := range p.Odd {
			if i == odd {
				fmt.Fprintf(w, "%s: %d more odd rows\n", inLine(p.File), len(p.Odd)-odd)
				break
			}
			verdict := "kept"
			if !o.Kept {
				verdict = "left out"
			}
			fmt.Fprintf(w, "%s:%d: %s (%s)\n", inLine(o.File), o.Line, oneLine(o.What), verdict)
		}
		if p.Error != "" {
			fmt.Fprintf(w, "error: %s\n", oneLine(p.Error))
		}
	}
	for _, p := range survey.Parts {
		if p.Unread != "" {
			fmt.Fprintf(w, "%s: not read: %s\n", inLine(p.File), oneLine(p.Unread))
		}
	}
	printGuesses(w, survey.Parts)
	const most = 10
	for _, file := range survey.Other[:min(most, len(survey.Other))] {
		fmt.Fprintf(w, "not recognised: %s%s\n", inLine(file), whyNot(file))
	}
	if more := len(survey.Other) - most; more > 0 {
		fmt.Fprintf(w, "not recognised: %d more files; --json lists all\n", more)
	}
	return nil
}

var splitAlone = regexp.MustCompile(`^(train|dev|test|val|valid|validation)(\.[a-z]+)$`)

// whyNot says of a file that is named after its split what its name lacks.
func whyNot(file string) string {
	m := splitAlone.FindStringSubmatch(filepath.Base(file))
	if m == nil {
		return ""
	}
	return fmt.Sprintf(": its name has no language, as %s-en%s has, nor has its folder's", m[1], m[2])
}

// printGuesses tells which files no folder's name gives to a task.
func printGuesses(w io.Writer, parts []datasets.Part) {
	number := map[string]int{} // of files, by what is said of them
	var order []string
	for _, p := range parts {
		if !p.Guessed {
			continue
		}
		line := fmt.Sprintf("in %s are taken for data of task %s by their content", inLine(filepath.Dir(p.File)), p.Task)
		if len(p.Fits) > 0 {
			line += " (" + strings.Join(p.Fits, ", ") + " fits as well)"
		}
		if number[line]++; number[line] == 1 {
			order = append(order, line)
		}
	}
	for _, line := range order {
		fmt.Fprintf(w, "%d files %s; --task, or a folder of its name, says otherwise\n", number[line], line)
	}
}

// guessedFrom says of a broken file that its task was a guess.
func guessedFrom(p datasets.Part) string {
	if !p.Guessed {
		return ""
	}
	what := "its columns are read as texts with labels"
	if p.Kind == datasets.Tagging.String() {
		what = "most of its lines are read as a word and its tag"
	}
	return fmt.Sprintf(" (the file is taken for task %s, since %s; --task NAME, or a folder of the task's name, says otherwise)", p.Task, what)
}

// labelCounts shows the most frequent labels.
func labelCounts(p datasets.Part) string {
	const most = 7
	labels := slices.SortedFunc(maps.Keys(p.Labels), func(a, b string) int {
		if d := p.Labels[b] - p.Labels[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	var shown []string
	for i, label := range labels {
		if i == most && len(labels) > most+1 {
			shown = append(shown, fmt.Sprintf("%d more", len(labels)-most))
			break
		}
		shown = append(shown, fmt.Sprintf("%s %d", label, p.Labels[label]))
	}
	if p.None > 0 {
		shown = append(shown, fmt.Sprintf("unlabelled %d", p.None))
	}
	return strings.Join(shown, ", ")
}
