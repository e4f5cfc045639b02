package main

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"xpt/internal/libtorch"
)

// flagsOf makes a flag of every field of *opts that has a `flag` tag: its name,
// its help from the `help` tag, its default from the field's value. The same
// struct is recorded in run folders, so that a flag, its help and its record
// cannot drift apart. Embedded structs are walked.
func flagsOf(opts any) []cli.Flag { return fieldFlags(reflect.ValueOf(opts).Elem()) }

func fieldFlags(v reflect.Value) []cli.Flag {
	var flags []cli.Flag
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		if field.Anonymous {
			flags = append(flags, fieldFlags(value)...)
			continue
		}
		name, ok := field.Tag.Lookup("flag")
		if !ok {
			continue
		}
		help := field.Tag.Get("help")
		required := field.Tag.Get("required") == "true"
		switch p := value.Addr().Interface().(type) {
		case *string:
			flags = append(flags, &cli.StringFlag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		case *int:
			flags = append(flags, &cli.IntFlag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		case *uint64:
			flags = append(flags, &cli.Uint64Flag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		case *float64:
			flags = append(flags, &cli.Float64Flag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		case *bool:
			flags = append(flags, &cli.BoolFlag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		case *time.Duration:
			flags = append(flags, &cli.DurationFlag{Name: name, Usage: help, Value: *p, Destination: p, Required: required})
		default:
			panic(fmt.Sprintf("flag %s: no flag of type %s", name, value.Type()))
		}
	}
	return flags
}

// eachFlag calls fn with every field of *opts that has a flag, by the flag's name.
func eachFlag(opts any, fn func(name string, value reflect.Value)) {
	v := reflect.ValueOf(opts).Elem()
	for i := range v.NumField() {
		if name, ok := v.Type().Field(i).Tag.Lookup("flag"); ok {
			fn(name, v.Field(i))
		}
	}
}

// overlay sets the fields of *dst whose flags were given to *given's values.
func overlay[T any](dst, given *T, isSet func(name string) bool) {
	values := map[string]reflect.Value{}
	eachFlag(given, func(name string, value reflect.Value) { values[name] = value })
	eachFlag(dst, func(name string, value reflect.Value) {
		if isSet(name) {
			value.Set(values[name])
		}
	})
}

// compute holds the flags of every command that computes.
type compute struct {
	Device  string `flag:"device" help:"auto, cpu, cuda or cuda:n"`
	DType   string `flag:"dtype" help:"auto, float32, bfloat16 or float16; auto is bfloat16 where the hardware has it"`
	Threads int    `flag:"threads" help:"threads per operation; 0: one per core"`
}

func defaultCompute() compute { return compute{Device: "auto", DType: "auto"} }

// resolve sets the threads and reads the device and the dtype.
func (c compute) resolve() (libtorch.Device, libtorch.DType, error) {
	dev, err := libtorch.ParseDevice(c.Device)
	if err != nil {
		return dev, 0, fmt.Errorf("--device: %w", err)
	}
	dtype, err := libtorch.ParseDType(c.DType, dev)
	if err != nil {
		return dev, 0, fmt.Errorf("--dtype: %w", err)
	}
	if c.Threads < 0 {
		return dev, 0, fmt.Errorf("--threads: %d is no number of threads", c.Threads)
	}
	return dev, dtype, libtorch.SetThreads(c.Threads)
}

// noArguments refuses words that no flag takes.
func noArguments(c *cli.Context) error {
	if c.Args().Present() {
		return fmt.Errorf("%s: unexpected %q: it takes flags only", c.Command.Name, strings.Join(c.Args().Slice(), " "))
	}
	return nil
}
