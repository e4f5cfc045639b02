package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/datasets"
	"xpt/internal/settings"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/training"
)

// trainRun holds the flags of xpt train that are no training options.
type trainRun struct {
	Out    string `flag:"out" path:"true" help:"run folder: new, or with --resume an interrupted one"`
	Resume bool   `flag:"resume" help:"resume the run in --out with its own flags; --checkpoint and --data say where they lie now, more --epochs or --steps make it longer where no rate of the past changes"`
	JSON   bool   `flag:"json" help:"report as a line of JSON"`
}

func trainCommand() *cli.Command {
	o, c, r := training.Defaults(), defaultCompute(), trainRun{}
	return &cli.Command{
		Name:  "train",
		Usage: "adapt a checkpoint to a task on English or other languages",
		Description: "Trains a soft prompt (prompt, prefix), low-rank products (lora), biases (bitfit), the whole backbone (full) or only a head, keeps the best\n" +
			"state by the dev split of the same language, and writes a run folder for xpt eval. --resume continues an interrupted run, even\n" +
			"after kill -9, and gives the same result.\n\n" +
			"--language en,de trains on several languages: an epoch has as many rows as all of them, each language by its size or,\n" +
			"with --sampling-temperature T, by size^(1/T); the mean of their dev scores chooses the state. --shots K\n" +
			"--shots-language sw trains on K examples of each label of another language instead, and --from RUN starts from what an\n" +
			"earlier run trained. Such a run keeps its last state, since the dev split of --language, which it is rated by, would\n" +
			"choose the first.\n\n" +
			"Started by torchrun, srun or a Kubernetes job, the processes train together, with one process's result (docs/cluster.md); --resume then\n" +
			"also begins a run that is not there yet.\n\n" +
			"Recipes replace defaults as follows; flags override them:\n" + strings.TrimSuffix(train.RecipeHelp(), "\n"),
		Flags: append(append(flagsOf(&r), flagsOf(&o)...), flagsOf(&c)...),
		Action: func(ctx *cli.Context) error {
			return onRanks(ctx, &c, func(stdout, stderr io.Writer) error {
				return runTrain(ctx.Context, o, c, r, ctx.IsSet, stdout, stderr)
			})
		},
	}
}

func runTrain(ctx context.Context, o training.Options, c xpt.Compute, r trainRun, isSet func(string) bool, stdout, stderr io.Writer) (err error) {
	if r.Out == "" {
		return usererror.New("--out is missing: name the run folder")
	}
	view := trainView{lines: stdout, stderr: stderr, bar: newProgress(stderr, 0, "", "reads data and checkpoint")}
	view.bar.tellAtOnce()
	defer view.bar.close()
	if r.JSON {
		view.lines = io.Discard
	}
	var record training.Record
	done, resume, err := resumes(r, c)
	if err != nil || done {
		return err
	}
	if resume {
		var how xpt.ResumeOptions
		if view.task, how, err = resumed(r.Out, o, c, isSet); err != nil {
			return err
		}
		record, err = xpt.ResumeWith(ctx, r.Out, how, view.show)
	} else {
		if o, err = train.Chosen(o, isSet); err != nil {
			return usererror.Of(err)
		}
		if view.task, err = datasets.Lookup(o.Task); err != nil {
			return usererror.Of(err)
		}
		record, err = xpt.Train(ctx, r.Out, o, c, view.show)
	}
	view.bar.close()
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(stdout).Encode(record)
	}
	n := record.Counts
	_, err = fmt.Fprintf(stdout, "trained %d parameters beside a backbone of %d (%.3g %%; %d of them in the head) in %.1f s, peak memory %.2f GB%s: %s\n",
		n.Adapted+n.Head, n.Backbone, 100*n.Share(), n.Head, record.Seconds, float64(record.PeakBytes)/1e9, scope(record), r.Out)
	return err
}

// resumes tells whether a run is resumed. Several processes are started again by the same command: they begin what is not there
// yet, and have nothing to do where the run is finished.
func resumes(r trainRun, c xpt.Compute) (done, resume bool, err error) {
	if c.Ranks == nil || !r.Resume {
		return false, r.Resume, nil
	}
	if _, err := os.Stat(filepath.Join(r.Out, "run.json")); errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	record, err := xpt.ReadRecord(r.Out)
	return record.Finished, true, err
}

// scope says of a peak that it is not the training's alone, and adds that of the GPU.
func scope(r training.Record) string {
	text := ""
	if r.PeakOf != training.PeakOfTraining {
		text = " of the process"
	}
	if r.GPUPeakBytes > 0 {
		text += fmt.Sprintf(" and %.2f GB on the GPU", float64(r.GPUPeakBytes)/1e9)
	}
	return text
}

// trainView shows a training's progress: a line for each evaluation above a bar.
type trainView struct {
	task   datasets.Task
	lines  io.Writer
	stderr io.Writer
	bar    *progress
}

func (v *trainView) show(e training.Event) {
	switch e := e.(type) {
	case training.Warning:
		v.bar.print(func() { fmt.Fprintln(v.stderr, oneLine(string(e))) })
	case training.Step:
		if v.bar.total == 0 {
			v.bar.start(e.Total, e.Step, time.Duration(e.Seconds*float64(time.Second)))
		}
		v.bar.set(e.Step, fmt.Sprintf("step %d/%d loss %.4f rate %.2g", e.Step, e.Total, e.Loss, e.Rate))
	case training.Evaluation:
		mark := ""
		if e.Best {
			mark = ", the best so far"
		}
		v.bar.print(func() {
			fmt.Fprintf(v.lines, "epoch %d, step %d: dev %s%s (%.1f s)\n", e.Epoch, e.Step, devScore(v.task, e.Score), mark, e.Seconds)
		})
	}
}

// resumed checks the flags beside --resume: settings must equal the run's, because others would change its result,
// but for its length and for where checkpoint and data lie now.
func resumed(run string, o training.Options, c xpt.Compute, isSet func(string) bool) (task datasets.Task, how xpt.ResumeOptions, err error) {
	r, err := xpt.ReadRecord(run)
	if err != nil {
		return task, how, err
	}
	settled := r.Options
	settings.Overlay(&settled, &o, isSet)
	if settled, err = train.Resolve(settled); err != nil {
		return task, how, usererror.Of(err)
	}
	var given training.Options
	settings.Overlay(&given, &o, isSet)
	how.Checkpoint, how.Data, how.Epochs, how.Steps = given.Checkpoint, given.Data, given.Epochs, given.Steps
	settled.Checkpoint, settled.Data, settled.Epochs = r.Options.Checkpoint, r.Options.Data, r.Options.Epochs
	if given.Steps > 0 {
		settled.Steps = r.Options.Steps
	}
	if other := settings.Differences(&r.Options, &settled); other != nil {
		return task, how, usererror.Errorf("--resume: %s; leave out what differs from how the run was started", strings.Join(other, ", "))
	}
	settings.Overlay(&how.Compute, &c, isSet)
	how.Ranks = c.Ranks
	if isSet("threads") && how.Threads == 0 {
		how.Threads = runtime.NumCPU()
	}
	task, err = datasets.Lookup(r.Options.Task)
	return task, how, usererror.Of(err)
}

// devScore formats the main metric of an evaluation from its score, of which larger is better.
func devScore(task datasets.Task, score float64) string {
	main := task.Metrics().Main()
	if main.SmallerIsBetter {
		return fmt.Sprintf("%s %.4f", main.Name, -score)
	}
	return fmt.Sprintf("%s %.2f %%", main.Name, 100*score)
}
