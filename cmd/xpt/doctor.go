package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints/hub"
	"xpt/internal/caches"
	"xpt/internal/compute"
	"xpt/internal/doctor"
)

type doctorOptions struct {
	Device  string `flag:"device" help:"auto, cpu, cuda or cuda:n"`
	Threads int    `flag:"threads" range:"[0,]" help:"threads per operation; 0: one per core"`
	Clean   bool   `flag:"clean" help:"list the caches that nothing uses any more, with their sizes, and keep them"`
	Yes     bool   `flag:"yes" help:"with --clean: remove them"`
	JSON    bool   `flag:"json" help:"report as JSON"`
}

func doctorCommand() *cli.Command {
	opts := doctorOptions{Device: "auto"}
	return &cli.Command{
		Name:  "doctor",
		Usage: "show libtorch, processor and GPU, test them, and say what is missing",
		Description: "The self-test compares a matrix product with exact arithmetic and times a larger one.\nA wrong product gives exit status 2.\n\n" +
			"--clean names copies of gotch that no clone uses, libtorchs that none is fitted to, and weights of xpt bench.\n" +
			"What xpt fetch downloads is yours, in the cache of Hugging Face's tools.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			if opts.Clean || opts.Yes {
				return runClean(c.App.Writer, opts)
			}
			dev, _, err := compute.Resolve(opts.Device, "auto", opts.Threads)
			if err != nil {
				return err
			}
			report, failed := doctor.Examine(dev)
			if opts.JSON {
				err = writeIndented(c.App.Writer, report)
			} else {
				err = printDoctor(c.App.Writer, report)
			}
			return cmp.Or(err, failed, report.Err())
		},
	}
}

func printDoctor(w io.Writer, r doctor.Report) error {
	var lines []string
	add := func(name, format string, args ...any) {
		lines = append(lines, fmt.Sprintf("%-10s %s", name, fmt.Sprintf(format, args...)))
	}
	add("libtorch", "%s in %s", r.Version, r.Folder)
	add("BLAS", "%s; oneDNN %s", cmp.Or(r.BLAS, "none"), cmp.Or(r.OneDNN, "none"))
	add("CPU", "%s; cores: %d, threads of an operation: %d", r.CPU, r.Cores, r.Threads)
	add("", "%s; libtorch's kernels: %s", strings.Join(r.Features, " "), cmp.Or(r.Kernels, "none"))
	add("kernels", "%s: %s", r.Tier, r.TierWhy)
	if n := len(r.Products.Choices); n > 0 {
		add("products", "the fastest way was measured for %d shapes: %s", n, r.Products.Count())
		add("", "%s", r.Products.File)
	}
	if r.CUDA != "" {
		add("CUDA", "%s", r.CUDA)
	}
	if r.Driver != nil {
		add("driver", "runs CUDA %s and older", r.Driver.CUDA)
	}
	for i := range r.GPUs {
		add("GPU", "cuda:%d %s", i, r.Driver.GPUs[i])
	}
	if r.GPUs == 0 {
		add("GPU", "none: %s", r.NoGPU)
	}
	if folder, err := caches.Folder(); err == nil {
		add("caches", "%s, of which xpt doctor --clean lists what nothing uses", folder)
	}
	if client, err := hub.NewClient(); err == nil {
		add("", "%s: what xpt fetch and Hugging Face's tools download", client.Cache)
	}
	add("auto", "--device %s --dtype %s", r.Device, r.DType)
	for _, t := range r.Tests {
		verdict := "right"
		if !t.Right {
			verdict = fmt.Sprintf("WRONG by %.2g of the largest element", t.Error)
		}
		add("self-test", "%s on %s: %s, %.0f GFLOP/s", t.DType, t.Device, verdict, t.GFLOPS)
	}
	for _, a := range r.Advice {
		add("advice", "%s", a)
	}
	_, err := fmt.Fprintln(w, strings.Join(lines, "\n"))
	return err
}
