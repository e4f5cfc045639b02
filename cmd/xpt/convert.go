package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/checkpoints"
)

type convertOptions struct {
	xpt.ConvertOptions
	JSON bool `flag:"json" help:"report as JSON"`
}

func convertCommand() *cli.Command {
	var opts convertOptions
	return &cli.Command{
		Name:      "convert",
		Usage:     "write any XGLM checkpoint as safetensors in HF's layout, or a run for HF and PEFT",
		ArgsUsage: "SRC DST",
		Description: "SRC is a folder, a file or a name of the hub: safetensors or pytorch_model.bin (zip or legacy), one file or shards;\n" +
			"or the folder of a PEFT adapter; or, with --to, a run of xpt train.\n" +
			"Every tensor written is compared with its source. DST appears whole or not at all.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			source, err := localFolder(c.Context, c.Args().Get(0), c.App.ErrWriter)
			if err != nil {
				return err
			}
			report, done := byteProgress(c.App.ErrWriter, "converts")
			opts.Progress = report
			written, err := xpt.Convert(c.Context, source, c.Args().Get(1), opts.ConvertOptions)
			done()
			switch lines := json.NewEncoder(c.App.Writer); {
			case err != nil:
				return err
			case written.Adapter != nil && opts.JSON:
				return lines.Encode(written.Adapter)
			case written.Adapter != nil:
				return printAdapter(c.App.Writer, written.Adapter)
			case opts.JSON:
				return lines.Encode(written.Checkpoint)
			}
			return printConversion(c.App.Writer, written.Checkpoint)
		},
	}
}

func printConversion(w io.Writer, r *checkpoints.Conversion) error {
	const shown = 4 // rows of each kind; --json has them all
	count := map[string]int{}
	for _, change := range r.Changes {
		if count[change.Kind]++; count[change.Kind] <= shown {
			fmt.Fprintf(w, "%-8s %s -> %s (%s)\n", change.Kind, change.Source, cmp.Or(change.Name, "nothing"), change.Why)
		}
	}
	for _, kind := range []string{"renamed", "tied", "kept", "merged", "dropped"} {
		if more := count[kind] - shown; more > 0 {
			fmt.Fprintf(w, "%-8s %d more (--json lists them)\n", kind, more)
		}
	}
	for _, file := range r.Carried {
		fmt.Fprintf(w, "%-8s %s\n", "carried", file)
	}
	_, err := fmt.Fprintf(w, "%s: %d tensors, %d parameters, %s in %d files; every tensor compared with its source\n",
		r.Target, r.Tensors, r.Parameters, checkpoints.FormatSize(r.Bytes), len(r.Files))
	return err
}
