// Command xpt adapts XGLM to tasks with soft prompts, LoRA or fine-tuning and
// evaluates the result zero-shot in other languages.
//
// Exit status: 0 done, 1 an error that the user can fix, 2 a failure, 130 after
// Ctrl-C, 143 after SIGTERM; see [exitStatus]. Each is one line on standard error.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/urfave/cli/v2"

	_ "xpt/internal/allocator"
	"xpt/internal/usererror"
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
	completionCommand,
	manCommand,
}

func main() {
	os.Exit(run(untilSignal(), os.Args, os.Stdout, os.Stderr))
}

// untilSignal is cancelled by Ctrl-C and by SIGTERM, with the signal as its cause. A second signal ends the process at
// once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		caught := (<-signals).(syscall.Signal)
		signal.Stop(signals)
		cancel(signalError{caught})
	}()
	return ctx
}

// run is main with its arguments and streams as parameters; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (status int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "xpt: internal error: %s (a bug: please report it; XPT_DEBUG=1 shows where)\n", oneLine(fmt.Sprint(r)))
			if os.Getenv("XPT_DEBUG") != "" {
				stderr.Write(debug.Stack())
			}
			status = failed
		}
	}()
	out := &output{w: stdout}
	app := &cli.App{
		Name:            "xpt",
		Version:         versionLine(),
		Writer:          out,
		ErrWriter:       stderr,
		HideHelpCommand: true,
		ExitErrHandler:  func(*cli.Context, error) {},
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usererror.Errorf("unknown command %q%s: xpt --help lists them", c.Args().First(), commandLike(c.App, c.Args().First()))
			}
			return cli.ShowAppHelp(c)
		},
		OnUsageError: usageError,
	}
	for _, command := range commands {
		cmd := command()
		cmd.OnUsageError = usageError
		cmd.Before = before
		cmd.HideHelpCommand = true
		cmd.Category = groupOf[cmd.Name]
		withAllHelp(cmd)
		app.Commands = append(app.Commands, cmd)
	}
	err := app.RunContext(ctx, flagsFirst(app.Commands, args))
	if closed := out.close(); err == nil {
		err = closed
	}
	if err != nil {
		fmt.Fprintln(stderr, "xpt:", userMessage(err))
	}
	return exitStatus(ctx, err)
}

// usageError reports a wrong flag in one line; the library would print the whole help.
func usageError(c *cli.Context, err error, _ bool) error {
	text := strings.TrimSuffix(err.Error(), "parse error") // of a boolean flag; numbers state their range
	if text != err.Error() {
		text += "expected true or false"
	}
	for _, before := range []string{"flag needs an argument: -", " for flag -", " for -"} { // package flag writes one dash
		text = strings.Replace(text, before, before+"-", 1)
	}
	if text == "flag needs an argument: --example" {
		return listExamples(c.App.Writer)
	}
	if name, unknown := strings.CutPrefix(text, "flag provided but not defined: "); unknown {
		text = "unknown flag --" + strings.TrimLeft(name, "-") + flagLike(c, name)
	}
	if name, bare := strings.CutPrefix(text, "flag needs an argument: "); bare {
		name = strings.TrimLeft(name, "-")
		text = "--" + name + " needs a value"
		if values := choices(name); len(values) > 0 {
			text += ", one of " + strings.Join(values, ", ")
		}
	}
	if c.Command != nil && c.Command.Name != "" && c.Command.Name != "xpt" {
		return usererror.Errorf("%s: %s; xpt %s --help lists the flags", c.Command.Name, text, c.Command.Name)
	}
	return usererror.Errorf("%s; xpt --help lists the commands", text)
}
