// Command xpt adapts XGLM to tasks with soft prompts or fine-tuning and
// evaluates the result zero-shot in other languages.
//
// Exit status: 0 done, 1 a user's error (one clear line), 2 a failure.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"unicode"

	"github.com/urfave/cli/v2"

	"xpt/internal/libtorch"
	"xpt/internal/study"
)

// commands lists every command in the order that the help shows.
var commands = []func() *cli.Command{
	doctorCommand,
	fetchCommand,
	convertCommand,
	inspectCommand,
	tokenizeCommand,
	embedCommand,
	scoreCommand,
	generateCommand,
	dataCommand,
	trainCommand,
	evalCommand,
	predictCommand,
	studyCommand,
	reportCommand,
	benchCommand,
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args, os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "xpt: internal error: %v (a bug: please report it; XPT_DEBUG=1 shows where)\n", r)
			if os.Getenv("XPT_DEBUG") != "" {
				stderr.Write(debug.Stack())
			}
			status = 2
		}
	}()
	app := &cli.App{
		Name:            "xpt",
		Usage:           "cross-lingual prompt tuning for XGLM",
		Writer:          stdout,
		ErrWriter:       stderr,
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fmt.Errorf("unknown command %q: xpt --help lists them", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError: usageError,
	}
	for _, command := range commands {
		cmd := command()
		cmd.OnUsageError = usageError
		cmd.HideHelpCommand = true
		app.Commands = append(app.Commands, cmd)
	}
	if err := app.RunContext(ctx, flagsFirst(app.Commands, args)); err != nil {
		fmt.Fprintln(stderr, "xpt:", said(err))
		return exitStatus(err)
	}
	return 0
}

// said is an error as its reader needs it: that the context is cancelled tells
// one who pressed Ctrl-C nothing.
func said(err error) string {
	text := strings.TrimSuffix(err.Error(), context.Canceled.Error())
	return printable(cmp.Or(strings.TrimSuffix(text, ": "), "stopped"))
}

// printable keeps what a damaged file holds from steering the terminal.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// usageError says what is wrong with a flag in one line; the library would
// print the whole help.
func usageError(c *cli.Context, err error, _ bool) error {
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "xpt" {
		return fmt.Errorf("%s: %w; xpt %s --help lists the flags", c.Command.Name, err, c.Command.Name)
	}
	return fmt.Errorf("%w; xpt --help lists the commands", err)
}

// exitStatus tells a failure of libtorch or of the machine (2) from an error
// that the user can mend (1).
func exitStatus(err error) int {
	var torch *libtorch.Error
	if errors.As(err, &torch) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EIO) || errors.Is(err, context.Canceled) ||
		errors.Is(err, study.ErrFailed) {
		return 2
	}
	return 1
}
