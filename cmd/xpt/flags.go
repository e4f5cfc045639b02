package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/internal/libtorch"
	"xpt/internal/settings"
)

// flagsOf makes a flag of every such field: its name from the `flag` tag, its
// help from the `help` tag, its default from the field's value. The same struct
// is recorded in run folders, so that a flag, its help and its record cannot
// drift apart.
func flagsOf(opts any) []cli.Flag {
	var flags []cli.Flag
	settings.Each(opts, func(field reflect.StructField, value reflect.Value) {
		name, help := field.Tag.Get("flag"), field.Tag.Get("help")
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
		default:
			panic(fmt.Sprintf("flag %s: no flag of type %s", name, value.Type()))
		}
	})
	return flags
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
