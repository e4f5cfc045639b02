package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"github.com/xrash/smetrics"
)

// flagsFirst moves a command's flags before its other arguments, where the library expects them, so that
// `xpt convert SRC DST --dtype float16` works. Arguments after "--" keep their order. With --help it leaves the others out, which
// the library would take for a topic.
func flagsFirst(commands []*cli.Command, args []string) []string {
	if len(args) < 2 {
		return args
	}
	switch args[1] { // as git and gh have them
	case "help":
		args = slices.Concat(args[:1], args[2:min(3, len(args))], []string{"--help"})
	case "version":
		args = []string{args[0], "--version"}
	}
	at := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.HasName(args[1]) })
	if at < 0 {
		return args
	}
	flags, words := slices.Clone(args[:2]), []string{}
	for rest := args[2:]; len(rest) > 0; rest = rest[1:] {
		arg := rest[0]
		switch {
		case arg == "--":
			return slices.Concat(flags, []string{"--"}, words, rest[1:])
		case len(arg) < 2 || arg[0] != '-':
			words = append(words, arg)
		case slices.Contains([]string{"--help", "-help", "-h"}, arg), arg == "--help-all" && shortFlags[args[1]] == nil:
			return []string{args[0], args[1], "--help"}
		default:
			flags = append(flags, arg)
			if takesValue(commands[at], arg) && len(rest) > 1 {
				rest = rest[1:]
				flags = append(flags, rest[0])
			}
		}
	}
	return append(flags, words...)
}

// takesValue tells whether the argument after a flag is its value.
func takesValue(command *cli.Command, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	for _, flag := range command.Flags {
		if slices.Contains(flag.Names(), name) {
			_, isSwitch := flag.(*cli.BoolFlag)
			return !isSwitch
		}
	}
	return false
}

// commandLike is a question for the command that is meant, empty where none is like the name.
func commandLike(app *cli.App, name string) string {
	var names []string
	for _, c := range app.Commands {
		if !c.Hidden {
			names = append(names, c.Name)
		}
	}
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf(" (did you mean %s?)", near)
	}
	return ""
}

// flagLike is the same for a flag of a command.
func flagLike(c *cli.Context, name string) string {
	var names []string
	if c.Command != nil {
		for _, f := range c.Command.Flags {
			names = append(names, f.Names()[0])
		}
	}
	name = strings.ReplaceAll(strings.TrimLeft(name, "-"), "_", "-")
	if elsewhere := otherNames[name]; slices.Contains(names, elsewhere) {
		return fmt.Sprintf(" (did you mean --%s?)", elsewhere)
	}
	if near := nearest(name, names); near != "" {
		return fmt.Sprintf(" (did you mean --%s?)", near)
	}
	return ""
}

// nearest is the name that begins with the given one, or else holds it or is its beginning, or else has the smallest edit distance to it, if
// that is below half of its length.
func nearest(given string, names []string) string {
	best, least := "", (len(given)+1)/2
	for _, name := range names {
		distance := smetrics.WagnerFischer(given, name, 1, 1, 1)
		switch {
		case len(given) > 2 && strings.HasPrefix(name, given):
			distance = -1
		case len(given) > 2 && strings.Contains(name, given), len(name) > 2 && strings.HasPrefix(given, name):
			distance = 0
		}
		if distance < least {
			best, least = name, distance
		}
	}
	return best
}
