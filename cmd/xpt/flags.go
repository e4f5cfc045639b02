package main

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/internal/kernels"
	"xpt/internal/settings"
	"xpt/internal/usererror"
)

// flagsOf makes a flag of every field with a `flag` tag: its name is that tag, its help the `help` tag,
// its default the field's value. A `range` tag limits a number, a `path` tag marks a path. Run folders
// record the same struct, so a flag, its help and its record cannot drift apart.
func flagsOf(opts any) []cli.Flag {
	var flags []cli.Flag
	settings.Each(opts, func(field reflect.StructField, value reflect.Value) {
		name, help := field.Tag.Get("flag"), field.Tag.Get("help")
		if settings.IsNumber(field) {
			flags = append(flags, &cli.GenericFlag{Name: name, Usage: help, Value: number{field, value}})
			return
		}
		switch p := value.Addr().Interface().(type) {
		case *string:
			flags = append(flags, &cli.StringFlag{Name: name, Usage: help, Value: *p, Destination: p, TakesFile: field.Tag.Get("path") != ""})
		case *bool:
			flags = append(flags, &cli.BoolFlag{Name: name, Usage: help, Value: *p, Destination: p})
		default:
			panic(fmt.Sprintf("flag %s: no flag of type %s", name, value.Type()))
		}
	})
	return flags
}

// number is a numeric flag; values outside the field's range are errors.
type number struct {
	field reflect.StructField
	value reflect.Value
}

func (n number) Set(text string) error { return settings.SetNumber(n.field, n.value, text) }

func (n number) String() string { return fmt.Sprint(n.value) }

// hubFlags are the flags of paths that may be names of the hub instead.
var hubFlags = []string{"checkpoint", "adapter", "tokenizer"}

// before runs before the action of every command. It checks the arguments, refuses an empty path (most often an
// unset shell variable), finds checkpoints of the hub, limits the threads to the number of processors, and keeps them from spinning.
func before(c *cli.Context) error {
	if err := checkArguments(c); err != nil {
		return err
	}
	for _, word := range c.Args().Slice() {
		if word == "" {
			return usererror.Errorf("%s: an argument is empty: is a variable of the shell not set?", c.Command.Name)
		}
	}
	for _, flag := range c.Command.Flags {
		f, ok := flag.(*cli.StringFlag)
		if !ok || !f.TakesFile || !c.IsSet(f.Name) {
			continue
		}
		if *f.Destination == "" {
			return usererror.Errorf("%s: --%s is empty: is a variable of the shell not set?", c.Command.Name, f.Name)
		}
		if slices.Contains(hubFlags, f.Name) {
			var err error
			if *f.Destination, err = localFolder(c.Context, *f.Destination, c.App.ErrWriter); err != nil {
				return err
			}
		}
	}
	if threads, ok := c.Generic("threads").(number); ok {
		kernels.SpinBriefly()
		if have := runtime.NumCPU(); threads.value.Int() > int64(have) {
			fmt.Fprintf(c.App.ErrWriter, "xpt: --threads %v: there are %d processors, and no more threads are used\n", threads, have)
			threads.value.SetInt(int64(have))
		}
	}
	return nil
}

// defaultCompute holds the defaults of the flags for device, dtype and threads.
func defaultCompute() xpt.Compute { return xpt.Compute{Device: "auto", DType: "auto"} }

// checkArguments compares the number of arguments with the command's ArgsUsage: "A B" takes two, "A..." one or more,
// "[A...]" any number.
func checkArguments(c *cli.Context) error {
	usage := c.Command.ArgsUsage
	want, have := len(strings.Fields(usage)), c.NArg()
	switch {
	case strings.HasSuffix(usage, "...]"), strings.HasSuffix(usage, "...") && have > 0, have == want,
		have == 0 && c.IsSet("example"): // which is printed instead
		return nil
	case want == 0:
		return usererror.Errorf("%s: unexpected %q: it takes flags only", c.Command.Name, strings.Join(c.Args().Slice(), " "))
	}
	return usererror.Errorf("%[1]s: wrong number of arguments; usage: xpt %[1]s [flags] %s", c.Command.Name, usage)
}
