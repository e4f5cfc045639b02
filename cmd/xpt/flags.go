package main

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/internal/kernels"
	"xpt/internal/settings"
	"xpt/internal/usererror"
)

// flagsOf makes a flag of every such field: its name from the `flag` tag, its
// help from the `help` tag, its default from the field's value. A number has
// the values that it may have in a `range` tag, a path a `path` tag. The same
// struct is recorded in run folders, so that a flag, its help and its record
// cannot drift apart.
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

// number is a numeric flag. What its field may not hold it refuses.
type number struct {
	field reflect.StructField
	value reflect.Value
}

func (n number) Set(text string) error { return settings.SetNumber(n.field, n.value, text) }

func (n number) String() string { return fmt.Sprint(n.value) }

// before is what every command does before its action: it refuses an empty
// path, which most often is a variable of the shell that is not set, and asks
// for no more threads than there are processors, which it keeps from spinning.
func before(c *cli.Context) error {
	for _, word := range c.Args().Slice() {
		if word == "" {
			return usererror.Errorf("%s: an argument is empty: is a variable of the shell not set?", c.Command.Name)
		}
	}
	for _, flag := range c.Command.Flags {
		if f, ok := flag.(*cli.StringFlag); ok && f.TakesFile && c.IsSet(f.Name) && *f.Destination == "" {
			return usererror.Errorf("%s: --%s is empty: is a variable of the shell not set?", c.Command.Name, f.Name)
		}
	}
	if threads, ok := c.Generic("threads").(number); ok { // the command computes
		kernels.SpinBriefly()
		if have := runtime.NumCPU(); threads.value.Int() > int64(have) {
			fmt.Fprintf(c.App.ErrWriter, "xpt: --threads %v: there are %d processors, and no more threads are used\n", threads, have)
			threads.value.SetInt(int64(have))
		}
	}
	return nil
}

// defaultCompute are the flags of every command that computes.
func defaultCompute() xpt.Compute { return xpt.Compute{Device: "auto", DType: "auto"} }

// noArguments refuses words that no flag takes.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return usererror.Errorf("%s: unexpected %q: it takes flags only", c.Command.Name, strings.Join(c.Args().Slice(), " "))
	}
	return nil
}
