package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/xglm"
)

type convertOptions struct {
	DType        string `flag:"dtype" help:"float32, bfloat16 or float16; the source's own by default"`
	MaxShardSize string `flag:"max-shard-size" help:"largest file, such as 5GB; one file by default"`
	To           string `flag:"to" help:"of a run: peft writes its prompt or prefix as an adapter, hf its fine-tuned backbone"`
	JSON         bool   `flag:"json" help:"report as JSON"`
}

func convertCommand() *cli.Command {
	var opts convertOptions
	return &cli.Command{
		Name:      "convert",
		Usage:     "write any XGLM checkpoint as safetensors in HF's layout, or a run for HF and PEFT",
		ArgsUsage: "SRC DST",
		Description: "SRC is a folder or a file: safetensors, pytorch_model.bin (zip or legacy), one file or shards;\n" +
			"or the folder of a PEFT adapter; or, with --to, a run of xpt train.\n" +
			"Every tensor written is compared with its source. DST appears whole or not at all.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usererror.New("convert: needs SRC and DST")
			}
			o, err := opts.resolve()
			if err != nil {
				return err
			}
			o.Progress = byteProgress(c.App.ErrWriter, "converting")
			report, err := convert(c.Context, c.Args().Get(0), c.Args().Get(1), opts.To, o)
			if err != nil {
				return usererror.Of(err)
			}
			if opts.JSON {
				return json.NewEncoder(c.App.Writer).Encode(report)
			}
			return printConversion(c.App.Writer, report)
		},
	}
}

// convert does what SRC and --to ask for. It returns a *checkpoints.Conversion
// or, for adapters, a *checkpoints.AdapterInspection of the target.
func convert(ctx context.Context, source, target, to string, o checkpoints.ConvertOptions) (any, error) {
	if err := checkpoints.CheckOutside(source, target); err != nil {
		return nil, err
	}
	isAdapter := checkpoints.IsAdapter(source)
	switch {
	case (isAdapter || to == "peft") && o.MaxShardSize != 0:
		return nil, usererror.New("--max-shard-size: an adapter is one file")
	case to == "peft":
		if _, err := train.ExportAdapter(source, target, o.DType); err != nil {
			return nil, err
		}
		return checkpoints.InspectAdapter(target)
	case to == "hf":
		return train.ExportBackbone(ctx, source, target, o)
	case to != "":
		return nil, usererror.Errorf("--to %q: use peft or hf", to)
	case isAdapter:
		if _, err := checkpoints.ConvertAdapter(source, target, o.DType); err != nil {
			return nil, err
		}
		return checkpoints.InspectAdapter(target)
	}
	if train.IsRun(source) {
		return nil, usererror.Errorf("%s is a run: say --to peft or --to hf", source)
	}
	config, err := xglm.LoadConfig(configFolder(source))
	if err != nil {
		return nil, err
	}
	o.Expected, o.KeepHead = config.Shapes(), !config.TieWordEmbeddings
	return checkpoints.Convert(ctx, source, target, o)
}

// resolve reads the flags.
func (o convertOptions) resolve() (out checkpoints.ConvertOptions, err error) {
	if o.DType != "" {
		if out.DType, err = checkpoints.ParseDType(o.DType); err != nil {
			return out, usererror.Errorf("--dtype: %w", err)
		}
	}
	if o.MaxShardSize != "" {
		if out.MaxShardSize, err = checkpoints.ParseSize(o.MaxShardSize); err != nil {
			return out, usererror.Errorf("--max-shard-size: %w", err)
		}
	}
	return out, nil
}

// configFolder is where the config.json of a checkpoint lies: in the folder, or
// beside the file.
func configFolder(path string) string {
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		return filepath.Dir(path)
	}
	return path
}

func printConversion(w io.Writer, report any) error {
	r, ok := report.(*checkpoints.Conversion)
	if !ok {
		return printAdapter(w, report.(*checkpoints.AdapterInspection))
	}
	const shown = 4 // rows of each kind; --json has them all
	count := map[string]int{}
	for _, change := range r.Changes {
		if count[change.Kind]++; count[change.Kind] <= shown {
			fmt.Fprintf(w, "%-8s %s -> %s (%s)\n", change.Kind, change.Source, orNothing(change.Name), change.Why)
		}
	}
	for _, kind := range []string{"renamed", "tied", "kept", "dropped"} {
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

func orNothing(name string) string {
	if name == "" {
		return "nothing"
	}
	return name
}
