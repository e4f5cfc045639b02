package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"xpt/internal/manual"
)

var repoRoot, _ = filepath.Abs("../..")

// Every command is in a group and has two examples, which name flags that it has.
func TestExamples(t *testing.T) {
	var all []*cli.Command
	for _, command := range commands {
		c := command()
		c.Category = groupOf[c.Name]
		all = append(all, c)
		if c.Hidden {
			continue
		}
		if !slices.Contains(commandGroups, c.Category) || len(examples[c.Name]) != 2 {
			t.Errorf("%s: group %q, %d examples", c.Name, c.Category, len(examples[c.Name]))
		}
	}
	p := described(all)
	lines := slices.Clone(p.Examples)
	for _, c := range p.Commands {
		for _, line := range c.Examples {
			if !strings.Contains(line, "xpt "+c.Name) {
				t.Errorf("%s is no example of %s", line, c.Name)
			}
		}
		lines = append(lines, c.Examples...)
	}
	for _, line := range lines {
		line, _, _ = strings.Cut(line, " #")
		words := strings.Fields(line[strings.Index(line, "xpt "):])
		at := slices.IndexFunc(p.Commands, func(c manual.Command) bool { return c.Name == words[1] })
		if at < 0 {
			t.Errorf("%s: no such command", line)
			continue
		}
		for _, word := range words[2:] {
			if name, ok := strings.CutPrefix(word, "--"); ok && p.Commands[at].Flag(name).Name == "" {
				t.Errorf("%s: %s has no flag %s", line, words[1], word)
			}
		}
	}
}

// The short page of train has ten flags, all of them known, and the long one has every flag once.
func TestShortHelp(t *testing.T) {
	short, long := mustXPT(t, "train", "--help"), mustXPT(t, "train", "--help-all")
	if n := strings.Count(short, "\n  --"); n != 10 || !strings.Contains(short, "--help-all shows the other") {
		t.Errorf("%d flags: %s", n, short)
	}
	flags := len(visible(trainCommand().Flags))
	if n := strings.Count(long, "\n  --"); n != flags || !strings.Contains(long, "\n  --clip-norm") || !strings.Contains(long, "Exit status") {
		t.Errorf("%d of %d flags: %s", n, flags, long)
	}
	for _, page := range []string{short, mustXPT(t, "--help")} {
		for line := range strings.Lines(page) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 110 {
				t.Errorf("a line of %d characters: %s", n, line)
			}
		}
	}
	if help := mustXPT(t, "help", "train"); help != short {
		t.Errorf("xpt help train: %s", help)
	}
	help := mustXPT(t, "eval", "--help")
	for _, args := range []string{"eval runs/x --help", "eval -h runs/x", "eval --data x runs/x --help", "eval --help-all"} {
		if got := mustXPT(t, strings.Fields(args)...); got != help {
			t.Errorf("xpt %s: %s", args, got)
		}
	}
}

func visible(flags []cli.Flag) []cli.Flag {
	return slices.DeleteFunc(slices.Clone(flags), hidden)
}

func TestDidYouMean(t *testing.T) {
	for args, want := range map[string]string{
		"trian":                 `unknown command "trian" (did you mean train?): xpt --help lists them`,
		"tokenizer":             "(did you mean tokenize?)",
		"evaluate":              "(did you mean eval?)",
		"gen":                   "(did you mean generate?)",
		"xyzzy":                 `unknown command "xyzzy": xpt --help lists them`,
		"train --epoch 3":       "train: unknown flag --epoch (did you mean --epochs?); xpt train --help lists the flags",
		"train --lr 3":          "train: unknown flag --lr (did you mean --learning-rate?); ",
		"train --output_dir x":  "unknown flag --output_dir (did you mean --out?); ",
		"train --rate 3":        "(did you mean --learning-rate?)",
		"train --foo 3":         "train: unknown flag --foo; ",
		"data --output_dir x":   "unknown flag --output_dir; ",
		"train --learning_rate": "(did you mean --learning-rate?)",
		"eval r --language en":  "(did you mean --languages?)",
		"embed --model-dir x":   "unknown flag --model-dir; ",
		"train --epochs":        "train: --epochs needs a value; xpt train --help",
		"train --method":        "train: --method needs a value, one of full, prompt,",
		"completion powershell": `no completion for "powershell": expected bash, zsh or fish`,
	} {
		if _, stderr, status := invoke(t, strings.Fields(args)...); status != userError || !strings.Contains(stderr, want) {
			t.Errorf("xpt %s: status %d: %s, want %s", args, status, stderr, want)
		}
	}
}

// The pages and the completions of every shell name every command and every flag that the help shows.
func TestManualPagesAndCompletions(t *testing.T) {
	dir := t.TempDir()
	mustXPT(t, "man", dir)
	var pages strings.Builder
	files, _ := filepath.Glob(filepath.Join(dir, "*.1"))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages.Write(text)
	}
	texts := map[string]string{"man": strings.ReplaceAll(pages.String(), `\-`, "-")}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		texts[shell] = mustXPT(t, "completion", shell)
	}
	for _, command := range commands {
		c := command()
		for _, flag := range visible(c.Flags) {
			for name, text := range texts {
				if long := flag.Names()[0]; !c.Hidden && !strings.Contains(text, "--"+long) && !strings.Contains(text, "-l "+long) {
					t.Errorf("%s: nothing of %s --%s", name, c.Name, long)
				}
			}
		}
	}
	for name, wrong := range map[string]string{"bash": "data:--init)", "zsh": "own data in every form, to start from]:", "fish": "to start from' -x"} {
		if strings.Contains(texts[name], wrong) {
			t.Errorf("%s completes values of data --init, which takes none", name)
		}
	}
	if text := mustXPT(t, "--version"); !strings.HasPrefix(text, "xpt version "+version+" (commit ") || !strings.Contains(text, "libtorch ") {
		t.Errorf("version: %s", text)
	}
}
