package checkpoints

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// ConvertOptions are the options of a conversion. The zero value keeps every dtype and writes one file.
type ConvertOptions struct {
	DType        DType            // of the floating-point tensors; 0 keeps each one's own
	MaxShardSize int64            // bytes of tensors in one file; 0: all in one
	Expected     map[string][]int // the config's shapes; nil: not compared
	KeepHead     bool             // write lm_head.weight even if it equals the embedding, for configs that do not tie them
	TaskHead     []Tensor         // of a task head, which HF has no class for; written unchanged to TaskHeadFile
	Merged       map[string]Merge // what tensors become before they are cast, by name
	Config       string           // folder of the config and tokenizer files; empty: the folder of the source's weights
	Progress     func(done, total int64)
}

// Merge gives a tensor other values, in float32: they are rounded once, to the type that is written.
type Merge func(Tensor) (Tensor, error)

// TaskHeadFile is the file of a task head beside a backbone.
const TaskHeadFile = "task_head.safetensors"

// Conversion is the report of a conversion.
type Conversion struct {
	Source     string   `json:"source"`
	Target     string   `json:"target"`
	Tensors    int      `json:"tensors"` // each compared with its source after writing
	Parameters int64    `json:"parameters"`
	Bytes      int64    `json:"bytes"` // of the tensors
	Files      []string `json:"files"`
	Carried    []string `json:"carried"` // config and tokenizer files
	Changes    []Change `json:"changes"`
}

// Convert writes the checkpoint at source, in any format of Open, as safetensors in HF's layout to the folder target, with the
// config and tokenizer files. It then reads the target and compares every tensor with the source: bit for bit, or with the
// correctly rounded value. The target is written atomically; an existing one is an error.
//
// Memory does not grow with the checkpoint: tensors are streamed in blocks, except strided ones, which are gathered one at a
// time.
func Convert(ctx context.Context, source, target string, o ConvertOptions) (*Conversion, error) {
	if o.DType != 0 && !o.DType.IsFloat() {
		return nil, fmt.Errorf("cannot convert weights to %v", o.DType)
	}
	c, err := Open(source)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	tensors, changes, err := plan(c, o)
	if err != nil {
		return nil, err
	}
	report := &Conversion{Source: source, Target: target, Tensors: len(tensors), Changes: changes}
	for _, t := range tensors {
		report.Bytes += int64(t.bytes())
		report.Parameters += int64(t.bytes() / t.dtype.Size())
	}
	err = writeFolder(target, func(folder string) error {
		job := &conversion{ctx: ctx, options: o, total: 2 * report.Bytes}
		if report.Files, err = job.writeShards(folder, tensors, report); err != nil {
			return err
		}
		if len(o.TaskHead) > 0 {
			if err := WriteSafetensors(filepath.Join(folder, TaskHeadFile), writers(o.TaskHead), nil); err != nil {
				return err
			}
			report.Files = append(report.Files, TaskHeadFile)
		}
		if report.Carried, err = carry(cmp.Or(o.Config, source), folder, o.DType); err != nil {
			return err
		}
		if err := job.verify(folder, tensors); err != nil {
			return err
		}
		return c.unchanged()
	})
	if err != nil {
		return nil, err
	}
	return report, nil
}

// conversion is the state of a Convert.
type conversion struct {
	ctx         context.Context
	options     ConvertOptions
	done, total int64
}

// step counts n bytes and returns the context's error.
func (j *conversion) step(n int) error {
	j.done += int64(n)
	if j.options.Progress != nil {
		j.options.Progress(j.done, j.total)
	}
	return j.ctx.Err()
}

// writer writes a planned tensor, cast to its dtype.
func (j *conversion) writer(t planned) TensorWriter {
	return TensorWriter{Name: t.name, DType: t.dtype, Shape: t.from.shape, Write: func(w io.Writer) error {
		from, err := t.values()
		if err != nil {
			return err
		}
		overflowed, err := from.castBlocks(t.dtype, func(block []byte) error {
			if _, err := w.Write(block); err != nil {
				return err
			}
			return j.step(len(block))
		})
		if err == nil && overflowed > 0 {
			err = fmt.Errorf("%d values are beyond the range of %s: choose bfloat16 or float32", overflowed, t.dtype.Torch())
		}
		return err
	}}
}

// ErrVerification is the error of a conversion whose files differ from the data written to them.
var ErrVerification = errors.New("verification")

// verify opens the written folder and compares it with the source.
func (j *conversion) verify(folder string, tensors []planned) error {
	written, err := Open(folder)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrVerification, err)
	}
	defer written.Close()
	if len(written.names) != len(tensors) {
		return fmt.Errorf("%w: %d tensors written, %d found: %s", ErrVerification, len(tensors), len(written.names), strings.Join(written.names, ", "))
	}
	for _, t := range slices.Backward(tensors) { // the last ones written are still in memory
		got, err := written.entry(t.name)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrVerification, err)
		}
		if err := j.compare(t, got.view); err != nil {
			return fmt.Errorf("%w: tensor %q: %w", ErrVerification, t.name, err)
		}
	}
	return nil
}
