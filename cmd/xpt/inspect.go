package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints"
	"xpt/internal/regular"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/xglm"
)

func inspectCommand() *cli.Command {
	var opts struct {
		JSON bool `flag:"json" help:"report as JSON"`
	}
	return &cli.Command{
		Name:      "inspect",
		Usage:     "list the tensors of a checkpoint, adapter or run",
		ArgsUsage: "PATH",
		Description: "PATH is a checkpoint's folder or file, or the folder of a PEFT adapter or a run. Lists tensors with dtype,\n" +
			"shape and size, and compares them with config.json; names those that are missing, unexpected or of\n" +
			"another shape, with exit status 1.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			path, err := localFolder(c.Context, c.Args().First(), c.App.ErrWriter)
			if err != nil {
				return err
			}
			if checkpoints.IsAdapter(path) {
				return inspectAdapter(c.App.Writer, path, opts.JSON)
			}
			if train.IsRun(path) {
				return inspectRun(c.App.Writer, path, opts.JSON)
			}
			return inspectCheckpoint(c.App.Writer, path, opts.JSON)
		},
	}
}

func inspectCheckpoint(w io.Writer, path string, asJSON bool) error {
	var expected map[string][]int
	folder := checkpoints.ConfigFolder(path)
	there, err := regular.Exists(filepath.Join(folder, "config.json"))
	if err != nil {
		return usererror.Of(err)
	}
	if there {
		config, err := xglm.LoadConfig(folder)
		if err != nil {
			return usererror.Of(err)
		}
		expected = config.Shapes()
	}
	report, err := checkpoints.Inspect(path, expected)
	if err != nil {
		return usererror.Of(err)
	}
	if asJSON {
		err = json.NewEncoder(w).Encode(report)
	} else {
		err = printInspection(w, report, expected != nil)
	}
	if wrong := report.Err(); wrong != nil {
		err = errors.Join(err, usererror.Errorf("%s: %w", path, wrong))
	}
	return err
}

func printInspection(w io.Writer, r *checkpoints.Inspection, compared bool) error {
	printTensors(w, r.Tensors)
	for _, name := range r.Ignored {
		fmt.Fprintf(w, "ignored     %s\n", inLine(name))
	}
	if note := r.Note(); note != "" {
		fmt.Fprintln(w, note)
	}
	verdict := "no config.json to compare with"
	if compared {
		verdict = "fits config.json"
		if r.Err() != nil {
			verdict = "does not fit config.json"
		}
	}
	_, err := fmt.Fprintf(w, "%s (%s): %d tensors, %d parameters, %s; %s\n",
		inLine(r.Path), inLine(strings.Join(r.Files, ", ")), len(r.Tensors), r.Parameters, checkpoints.FormatSize(r.Bytes), verdict)
	return err
}

func printTensors(w io.Writer, tensors []checkpoints.Info) {
	for _, t := range tensors {
		from := ""
		if t.Source != t.Name {
			from = "  in the file: " + inLine(t.Source)
		}
		fmt.Fprintf(w, "%-5v %-14s %10s  %s%s\n", t.DType, fmt.Sprint(t.Shape), checkpoints.FormatSize(int64(t.Bytes)), inLine(t.Name), from)
	}
}

func inspectAdapter(w io.Writer, path string, asJSON bool) error {
	report, err := checkpoints.InspectAdapter(path)
	if err != nil {
		return usererror.Of(err)
	}
	if asJSON {
		return json.NewEncoder(w).Encode(report)
	}
	return printAdapter(w, report)
}

// inspectRun shows the record of a run and what it trained.
func inspectRun(w io.Writer, path string, asJSON bool) error {
	record, trained, err := train.Trained(path)
	if err != nil {
		return usererror.Of(err)
	}
	defer trained.Close()
	report, err := trained.Inspect(nil)
	if err != nil {
		return usererror.Of(err)
	}
	if asJSON {
		return json.NewEncoder(w).Encode(map[string]any{"path": path, "record": record, "trained": report})
	}
	printTensors(w, report.Tensors)
	o := record.Options
	_, err = fmt.Fprintf(w, "%s: method %s, task %s, trained on %s in language %s; %d parameters, %s\n",
		inLine(path), inLine(o.Method), inLine(o.Task), inLine(o.Checkpoint), inLine(o.Language), report.Parameters, checkpoints.FormatSize(report.Bytes))
	return err
}

func printAdapter(w io.Writer, r *checkpoints.AdapterInspection) error {
	printTensors(w, r.Tensors)
	for _, field := range r.Unknown {
		fmt.Fprintf(w, "unknown     %s in adapter_config.json, passed over as PEFT does\n", inLine(field))
	}
	size := fmt.Sprintf("%d virtual tokens", r.Config.NumVirtualTokens)
	if r.Config.PeftType == checkpoints.LoRA {
		size = fmt.Sprintf("rank %d, alpha %v", r.Config.LoRARank, r.Config.LoRAAlpha)
	}
	_, err := fmt.Fprintf(w, "%s: PEFT %s for %s, %s, %d parameters\n", inLine(r.Path), inLine(r.Config.PeftType), inLine(r.Config.BaseModel), size, r.Parameters)
	return err
}
