package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/internal/bench"
	"xpt/internal/compute"
	"xpt/internal/interrupted"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/xglm"
)

// benchOptions are the flags of xpt bench.
type benchOptions struct {
	Checkpoint string `flag:"checkpoint" path:"true" help:"folder of the XGLM to measure; empty: random weights of --shape, kept in the user's cache"`
	Shape      string `flag:"shape" help:"mini, 564M, 1.7B, 2.9B, 4.5B or 7.5B"`
	Cases      string `flag:"cases" help:"all, or a list of names or of their beginnings, such as train,eval-input"`
	Repeat     int    `flag:"repeat" range:"[1,1000]" help:"processes of each side for each case, in turns"`
	Peer       string `flag:"peer" path:"true" help:"a Python with torch, transformers and peft, to compare with"`
	Profile    bool   `flag:"profile" help:"instead: time by operation in the cases that train and evaluate"`
	Growth     bool   `flag:"growth" help:"instead: cost as prompt, texts, batch and model grow (on a GPU batch and model), beside the cost of the matrix products alone"`
	Out        string `flag:"out" path:"true" help:"page (.md) for the table; in an existing page it replaces the text between the marks"`
	JSON       bool   `flag:"json" help:"report as lines of JSON, the machine's last"`
	Device     string `flag:"device" help:"auto, cpu, cuda or cuda:n"`
	DType      string `flag:"dtype" help:"a list of float32, bfloat16 and float16"`
	Threads    int    `flag:"threads" range:"[0,]" help:"threads per operation; 0: one per core"`

	job string // of a process that xpt bench started
}

func benchCommand() *cli.Command {
	o := benchOptions{Shape: "564M", Cases: "all", Repeat: 3, Device: "auto", DType: "float32,bfloat16"}
	list := func(gpu bool) string {
		var about []string
		for _, c := range bench.Cases(gpu) {
			about = append(about, fmt.Sprintf("  %-16s  %s", c.Name, c.About))
		}
		return strings.Join(about, "\n")
	}
	return &cli.Command{
		Name:  "bench",
		Usage: "measure speed and memory on this machine, of xpt and of HF transformers and PEFT",
		Description: "Each case runs in its own processes, of xpt and of the peer in turns, on random ids. Reports medians, ranges, peak memory of the\n" +
			"process, the peer's time over xpt's beside the goal, and the floor: the time of the matrix products alone at the rate that this\n" +
			"machine reaches on large ones, or on a GPU what its memory takes if that is more. In bfloat16 and on a GPU the peer evaluates texts\n" +
			"sorted by length. Cases on the CPU:\n" + list(false) + "\nOn a GPU, where memory is that of tensors on it:\n" + list(true),
		Flags: append(flagsOf(&o), &cli.StringFlag{Name: "job", Hidden: true, Destination: &o.job}),
		Action: func(ctx *cli.Context) error {
			if o.job != "" {
				return bench.Serve(ctx.Context, o.job, ctx.App.Writer)
			}
			return runBench(ctx.Context, o, ctx.App.Writer, ctx.App.ErrWriter)
		},
	}
}

func runBench(ctx context.Context, o benchOptions, stdout, stderr io.Writer) error {
	cases, dtypes, err := o.check()
	if err != nil {
		return err
	}
	b, machine, err := o.open(ctx, stderr)
	if err != nil {
		return err
	}
	bar := newProgress(stderr, 0, "runs", "")
	bar.tellAtOnce()
	b.Progress = func(done, total int, text string) {
		if bar.total != total {
			bar.start(total, done, 0)
		}
		bar.set(done, text)
	}
	encode := json.NewEncoder(stdout).Encode
	var tables []bench.Table
	switch {
	case o.Profile:
		err = b.Profile(ctx, cases, dtypes, func(p bench.Profile) error {
			tables = append(tables, p.Table())
			return o.show(p, encode)
		})
	case o.Growth:
		err = b.Growth(ctx, dtypes, func(g bench.Growth) error {
			tables = append(tables, g.Table())
			return o.show(g, encode)
		})
	default:
		var results []bench.Result
		err = b.Compare(ctx, cases, dtypes, func(r bench.Result) error {
			results = append(results, r)
			return o.show(r, encode)
		})
		tables = []bench.Table{bench.Comparison(results)}
	}
	bar.close()
	machine.GFLOPS, machine.GBs = b.Rates()
	if ctx.Err() != nil {
		o.Out = "" // partial results are shown and not written to a page
		err = interrupted.Errorf(ctx.Err(), "stopped before the end; what was measured stands above")
	}
	return errors.Join(o.report(machine, tables, stdout), err)
}

// check parses the flags before anything runs.
func (o benchOptions) check() (cases []bench.Case, dtypes []string, err error) {
	dev, err := compute.ParseDevice(o.Device)
	if err != nil {
		return nil, nil, err
	}
	if cases, err = bench.ParseCases(o.Cases, dev.IsCUDA()); err != nil {
		return nil, nil, usererror.Errorf("--cases: %w", err)
	}
	if _, err := bench.Shape(o.Shape); err != nil {
		return nil, nil, usererror.Errorf("--shape: %w", err)
	}
	for name := range strings.SplitSeq(o.DType, ",") {
		dtype, err := libtorch.ParseDType(strings.TrimSpace(name), dev)
		if err != nil {
			return nil, nil, usererror.Errorf("--dtype: %w", err)
		}
		dtypes = append(dtypes, dtype.String())
	}
	switch {
	case o.Profile && o.Growth:
		return nil, nil, usererror.New("--profile and --growth exclude each other")
	case (o.Profile || o.Growth) && o.Peer != "":
		return nil, nil, usererror.New("--peer goes with neither --profile nor --growth: they measure xpt alone")
	case o.Out != "":
		return cases, dtypes, usererror.Of(bench.CheckPage(o.Out))
	}
	return cases, dtypes, nil
}

// open prepares xpt and the peer.
func (o benchOptions) open(ctx context.Context, stderr io.Writer) (*bench.Bench, bench.Machine, error) {
	dev, err := compute.ParseDevice(o.Device)
	if err != nil {
		return nil, bench.Machine{}, err
	}
	threads := o.Threads
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	machine := bench.NewMachine(dev, threads)
	self, err := os.Executable()
	if err != nil {
		return nil, machine, err
	}
	b := &bench.Bench{Self: bench.Side{Name: "xpt", Command: []string{self, "bench", "--job"}}, Device: dev.String(), Threads: threads, Repeat: o.Repeat, AtLeast: 2}
	if o.Peer != "" {
		var peer bench.Side
		if peer, machine.Peer, err = bench.OpenPeer(ctx, o.Peer); err != nil {
			return nil, machine, usererror.Of(err)
		}
		b.Peer = &peer
	}
	config, err := bench.Shape(o.Shape)
	if o.Checkpoint != "" {
		config, err = xglm.LoadConfig(o.Checkpoint)
	}
	if err != nil {
		return nil, machine, usererror.Of(err)
	}
	machine.Model = bench.Describe(config)
	if !o.Profile && !o.Growth {
		machine.Repeat = o.Repeat
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, machine, usererror.Errorf("no folder for random weights: %w", err)
	}
	b.Scratch = filepath.Join(cache, "xpt", "bench")
	b.Checkpoint = func(ctx context.Context, dtype string) (string, error) {
		if o.Checkpoint != "" {
			return o.Checkpoint, nil
		}
		return bench.Random(ctx, b.Scratch, o.Shape, dtype)
	}
	return b, machine, os.MkdirAll(b.Scratch, 0o777)
}

// show writes a part of the report at once with --json.
func (o benchOptions) show(part any, encode func(any) error) error {
	if o.JSON {
		return encode(part)
	}
	return nil
}

// report writes the tables and the machine to stdout, and the page.
func (o benchOptions) report(m bench.Machine, tables []bench.Table, stdout io.Writer) error {
	if o.JSON {
		if err := json.NewEncoder(stdout).Encode(m); err != nil {
			return err
		}
	} else {
		for _, t := range tables {
			if len(t.Rows) == 0 {
				continue // stopped before the first result
			}
			if err := t.Write(stdout); err != nil {
				return err
			}
		}
		fmt.Fprintln(stdout, m)
	}
	if o.Out == "" {
		return nil
	}
	var page []string
	for _, t := range tables {
		page = append(page, t.Markdown())
	}
	return bench.WritePage(o.Out, strings.Join(slices.Concat(page, []string{m.String()}), "\n"))
}
