package xpt

import (
	"context"

	"xpt/checkpoints"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/xglm"
)

// ConvertOptions say what is written.
type ConvertOptions struct {
	DType        string `flag:"dtype" help:"float32, bfloat16 or float16; the source's own by default"`
	MaxShardSize string `flag:"max-shard-size" help:"largest file, such as 5GB; one file by default"`
	Checkpoint   string `flag:"checkpoint" path:"true" help:"of a run with --to: folder of its checkpoint, where that has moved"`
	To           string `flag:"to" help:"of a run: peft writes its prompt, prefix or LoRA factors as an adapter, hf its fine-tuned backbone, or its checkpoint with factors and biases merged"`

	// Progress, unless nil, is called with the number of bytes done.
	Progress func(done, total int64)
}

// Conversion is what was written: a checkpoint or an adapter.
type Conversion struct {
	Checkpoint *checkpoints.Conversion        // nil where an adapter was written
	Adapter    *checkpoints.AdapterInspection // nil where a checkpoint was written
}

// Convert writes any XGLM checkpoint, a folder or a file, as safetensors in HuggingFace's layout, the
// folder of a PEFT adapter as one in safetensors, or a run as To says. Every tensor written is
// compared with its source. The target appears whole or not at all.
func Convert(ctx context.Context, source, target string, o ConvertOptions) (Conversion, error) {
	c, err := o.convert(ctx, source, target)
	return c, usererror.Of(err)
}

func (o ConvertOptions) convert(ctx context.Context, source, target string) (Conversion, error) {
	var none Conversion
	how, err := o.resolve()
	if err != nil {
		return none, err
	}
	if err := checkpoints.CheckOutside(source, target); err != nil {
		return none, err
	}
	isAdapter := checkpoints.IsAdapter(source)
	switch {
	case o.Checkpoint != "" && o.To == "":
		return none, usererror.New("--checkpoint goes with --to peft or --to hf")
	case (isAdapter || o.To == "peft") && how.MaxShardSize != 0:
		return none, usererror.New("--max-shard-size: an adapter is one file")
	case o.To == "peft":
		_, err := train.ExportAdapter(source, target, o.Checkpoint, how.DType)
		return writtenAdapter(target, err)
	case o.To == "hf":
		written, err := train.ExportBackbone(ctx, source, target, o.Checkpoint, how)
		return Conversion{Checkpoint: written}, err
	case o.To != "":
		return none, usererror.Errorf("--to %q: use peft or hf", o.To)
	case isAdapter:
		_, err := checkpoints.ConvertAdapter(source, target, how.DType)
		return writtenAdapter(target, err)
	case train.IsRun(source):
		return none, usererror.Errorf("%s is a run: say --to peft or --to hf", source)
	}
	config, err := xglm.LoadConfig(checkpoints.ConfigFolder(source))
	if err != nil {
		return none, err
	}
	how.Expected, how.KeepHead = config.Shapes(), !config.TieWordEmbeddings
	written, err := checkpoints.Convert(ctx, source, target, how)
	return Conversion{Checkpoint: written}, err
}

// writtenAdapter looks at an adapter that was written without err.
func writtenAdapter(folder string, err error) (Conversion, error) {
	if err != nil {
		return Conversion{}, err
	}
	adapter, err := checkpoints.InspectAdapter(folder)
	return Conversion{Adapter: adapter}, err
}

// resolve reads the options.
func (o ConvertOptions) resolve() (out checkpoints.ConvertOptions, err error) {
	out.Progress = o.Progress
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
