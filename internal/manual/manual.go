// Package manual writes what the command line says of itself: help, manual pages and completions for shells, all from
// one description of its commands.
package manual

import (
	"fmt"
	"strings"
)

// Program is a program of commands.
type Program struct {
	Name, Usage, Version string
	Examples             []string
	Commands             []Command // in the order of their groups
}

// Command is what is said of a command.
type Command struct {
	Name, Usage, Args, Description string
	Group                          string // of commands
	Examples                       []string
	Groups                         []Group
	Short                          []string // names of the flags that Help shows; nil: all
}

// Group is flags under a heading.
type Group struct {
	Name  string
	Flags []Flag
}

// Flag is what is said of a flag.
type Flag struct {
	Name    string
	Value   string // a word for its value; empty: a switch
	Default string // empty: none worth a word
	Help    string
	Choices []string // values that a shell can complete
	Path    bool     // its value is a path
}

// ExitStatuses says what every command's exit status means.
const ExitStatuses = `0 done, 1 an error that you can fix, 2 a failure of the machine or of xpt, 130 stopped by Ctrl-C, 143 by SIGTERM; each is one line on standard error.`

// width is the length of a line of help.
const width = 100

// Help is the page of the whole program.
func (p Program) Help() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n\nUsage: %s COMMAND [flags] [arguments]\n", p.Name, p.Usage, p.Name)
	group := ""
	for _, c := range p.Commands {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n%s\n", group)
		}
		item(&b, c.Name, 10, c.Usage)
	}
	examples(&b, p.Examples)
	fmt.Fprintf(&b, "\nxpt COMMAND --help shows examples and flags, xpt --version what runs.\n")
	exits(&b)
	return b.String()
}

// Help is the page of a command; of all its flags if all is set.
func (c Command) Help(program string, all bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n\nUsage: %s\n", program, c.Name, c.Usage, c.synopsis(program))
	if c.Short != nil && !all {
		c.shortHelp(&b, program)
		return b.String()
	}
	if c.Description != "" {
		fmt.Fprintf(&b, "\n%s\n", filled(c.Description))
	}
	examples(&b, c.Examples)
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "\n%s\n", g.Name)
		flags(&b, g.Flags)
	}
	exits(&b)
	return b.String()
}

// shortHelp shows the flags that matter most.
func (c Command) shortHelp(b *strings.Builder, program string) {
	if about, _, _ := strings.Cut(c.Description, "\n\n"); about != "" {
		fmt.Fprintf(b, "\n%s\n", filled(about))
	}
	examples(b, c.Examples)
	var short []Flag
	for _, name := range c.Short {
		short = append(short, c.Flag(name))
	}
	fmt.Fprintf(b, "\nFlags\n")
	flags(b, short)
	fmt.Fprintf(b, "\n%s %s --help-all shows the other %d flags and the recipes.\n", program, c.Name, len(c.Flags())-len(short))
	exits(b)
}

func (c Command) synopsis(program string) string {
	return strings.TrimSpace(program + " " + c.Name + " [flags] " + c.Args)
}

// Flags are the flags of all groups.
func (c Command) Flags() (all []Flag) {
	for _, g := range c.Groups {
		all = append(all, g.Flags...)
	}
	return all
}

// Flag is the flag of a name; empty without one.
func (c Command) Flag(name string) Flag {
	for _, f := range c.Flags() {
		if f.Name == name {
			return f
		}
	}
	return Flag{}
}

func (f Flag) usage() string { return strings.TrimSpace("--" + f.Name + " " + f.Value) }

func (f Flag) text() string {
	if f.Default != "" {
		return f.Help + " (default " + f.Default + ")"
	}
	return f.Help
}

func flags(b *strings.Builder, list []Flag) {
	longest := 0
	for _, f := range list {
		longest = max(longest, len(f.usage()))
	}
	for _, f := range list {
		item(b, f.usage(), longest, f.text())
	}
}

// item writes a name and, wrapped beside it, its text.
func item(b *strings.Builder, name string, column int, text string) {
	lines := wrap(text, width-column-4)
	fmt.Fprintf(b, "  %-*s  %s\n", column, name, lines[0])
	for _, line := range lines[1:] {
		fmt.Fprintf(b, "  %-*s  %s\n", column, "", line)
	}
}

func examples(b *strings.Builder, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(b, "\nExamples\n  %s\n", strings.Join(lines, "\n  "))
	}
}

func exits(b *strings.Builder) {
	fmt.Fprintf(b, "\nExit status\n  %s\n", strings.Join(wrap(ExitStatuses, width-2), "\n  "))
}

// filled wraps the paragraphs of a text; indented lines, of a list, stay as they are.
func filled(text string) string {
	var out []string
	paragraph := ""
	end := func() {
		if paragraph != "" {
			out = append(out, wrap(paragraph, width)...)
		}
		paragraph = ""
	}
	for _, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "  ") {
			end()
			out = append(out, line)
		} else {
			paragraph += " " + line
		}
	}
	end()
	return strings.Join(out, "\n")
}

// wrap parts a text into lines of at most so many characters, where words allow.
func wrap(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}
