package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves a command's flags before its other arguments, where the library expects them, so that
// `xpt convert SRC DST --dtype float16` works. Arguments after "--" keep their order.
func flagsFirst(commands []*cli.Command, args []string) []string {
	if len(args) < 2 {
		return args
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
