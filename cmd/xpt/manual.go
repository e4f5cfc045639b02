package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/datasets"
	"xpt/internal/manual"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// version is the release; commit is set by make build, where the source is a git clone.
var (
	version = "0.1.0"
	commit  = ""
)

// versionLine says what runs: the release, its commit, and the libtorch that it runs on.
func versionLine() string {
	built := commit
	if info, ok := debug.ReadBuildInfo(); ok && built == "" {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				built = s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return fmt.Sprintf("%s (commit %s), libtorch %s in %s", version, cmp.Or(built, "unknown"), libtorch.Version(), libtorch.Folder())
}

// described is what help, manual pages and completions are written from.
func described(commands []*cli.Command) manual.Program {
	p := manual.Program{Name: "xpt", Usage: "cross-lingual prompt tuning for XGLM", Version: versionLine(), Examples: examples["xpt"]}
	for _, c := range commands {
		if !c.Hidden {
			p.Commands = append(p.Commands, describe(c))
		}
	}
	slices.SortStableFunc(p.Commands, func(a, b manual.Command) int {
		return slices.Index(commandGroups, a.Group) - slices.Index(commandGroups, b.Group)
	})
	return p
}

func describe(c *cli.Command) manual.Command {
	m := manual.Command{Name: c.Name, Usage: c.Usage, Args: c.ArgsUsage, Description: c.Description, Group: c.Category, Examples: examples[c.Name], Short: shortFlags[c.Name]}
	for _, group := range flagGroups {
		var flags []manual.Flag
		for _, flag := range c.Flags {
			name := flag.Names()[0]
			if !hidden(flag) && name != "help" && groupOfFlag(name) == group.name {
				flags = append(flags, describeFlag(flag))
			}
		}
		if flags != nil {
			m.Groups = append(m.Groups, manual.Group{Name: group.name, Flags: flags})
		}
	}
	return m
}

func groupOfFlag(name string) string {
	for _, group := range flagGroups {
		if slices.Contains(group.flags, name) {
			return group.name
		}
	}
	return otherFlags
}

func hidden(flag cli.Flag) bool {
	visible, ok := flag.(cli.VisibleFlag)
	return ok && !visible.IsVisible()
}

func describeFlag(flag cli.Flag) manual.Flag {
	f := manual.Flag{Name: flag.Names()[0], Choices: choices(flag.Names()[0])}
	switch flag := flag.(type) {
	case *cli.BoolFlag:
		f.Help, f.Choices = flag.Usage, nil // data --init, beside train --init NAME
	case *cli.StringFlag:
		f.Value, f.Default, f.Help, f.Path = "NAME", flag.Value, flag.Usage, flag.TakesFile
		if f.Path {
			f.Value = "PATH"
		}
	case *cli.GenericFlag:
		f.Value, f.Help = "N", flag.Usage
		if value := flag.Value.String(); value != "0" { // what 0 stands for is in the help
			f.Default = value
		}
	}
	return f
}

// choices are the values of a flag for a shell to complete.
func choices(flag string) []string {
	switch flag {
	case "example":
		return xpt.Examples()
	case "task":
		var names []string
		for _, t := range datasets.Tasks() {
			names = append(names, t.Name)
		}
		return names
	}
	return strings.Fields(flagChoices[flag])
}

func init() {
	cli.HelpPrinter = func(w io.Writer, _ string, data any) {
		switch data := data.(type) {
		case *cli.App:
			io.WriteString(w, described(data.Commands).Help())
		case *cli.Command:
			io.WriteString(w, describe(data).Help("xpt", false))
		}
	}
}

// withAllHelp gives a command whose help is short the flag that shows all of it.
func withAllHelp(c *cli.Command) {
	if shortFlags[c.Name] == nil {
		return
	}
	about, action := describe(c), c.Action
	c.Flags = append(c.Flags, &cli.BoolFlag{Name: "help-all", Usage: "show all flags", Hidden: true})
	c.Action = func(ctx *cli.Context) error {
		if ctx.Bool("help-all") {
			_, err := io.WriteString(ctx.App.Writer, about.Help("xpt", true))
			return err
		}
		return action(ctx)
	}
}

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:        "completion",
		Usage:       "write the completion of a shell: bash, zsh or fish",
		ArgsUsage:   "SHELL",
		Description: "Completes commands, flags, their values and paths.",
		Action: func(c *cli.Context) error {
			script, err := described(c.App.Commands).Completion(c.Args().First())
			if err != nil {
				return usererror.Of(err)
			}
			_, err = io.WriteString(c.App.Writer, script)
			return err
		},
	}
}

// manCommand writes the manual pages, for make release.
func manCommand() *cli.Command {
	return &cli.Command{
		Name:      "man",
		Hidden:    true,
		Usage:     "write the manual pages into a folder",
		ArgsUsage: "DIR",
		Action: func(c *cli.Context) error {
			dir := c.Args().First()
			if err := os.MkdirAll(dir, 0o777); err != nil {
				return err
			}
			for name, page := range described(c.App.Commands).Pages() {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(page), 0o666); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
