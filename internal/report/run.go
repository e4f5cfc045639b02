package report

import (
	"fmt"
	"path/filepath"
	"reflect"

	"xpt/datasets"
	"xpt/internal/settings"
	"xpt/internal/train"
	"xpt/training"
)

// MakeRun reads the folder of a single run and computes its report: its curves, evaluations and settings.
func MakeRun(dir string) (*Report, error) {
	record, err := train.ReadRecord(dir)
	if err != nil {
		return nil, err
	}
	name := dir
	if whole, err := filepath.Abs(dir); err == nil {
		name = whole
	}
	o := record.Options
	r := &Report{Title: "Run " + filepath.Base(name), Checkpoint: o.Checkpoint, Data: o.Data, Language: o.Language, DTypes: []string{record.DType},
		Tasks: []string{o.Task}, Methods: []string{o.Method}, Seeds: []uint64{o.Seed}, about: aboutRun(record)}
	task, err := datasets.Lookup(o.Task)
	if err != nil {
		return nil, err
	}
	steps, evaluations := readLog(dir)
	r.Tables = withRows([]*Table{evaluationTable(task, evaluations), settingsTable(o)})
	r.figures = curvesOfRun(task, steps, evaluations)
	r.tidy()
	return r, nil
}

// aboutRun is the summary of a run.
func aboutRun(r training.Record) string {
	o := r.Options
	text := fmt.Sprintf("Method %s on task %s, trained on %s with seed %d", o.Method, o.Task, o.Language, o.Seed)
	if some := r.TrainedOn(); some != "" {
		text += " (" + some + ")"
	}
	text += fmt.Sprintf("; checkpoint %s; %s of all parameters trained; computed in %s on %s. ", o.Checkpoint, share(r.Counts.Share()), r.DType, r.Device)
	if r.Finished {
		return text + fmt.Sprintf("Finished in %s s.", decimal(r.Seconds, 1))
	}
	return text + "Not finished."
}

// devNumber is a dev score in the unit of the task's main metric.
func devNumber(task datasets.Task, score float64) (value float64, unit string, decimals int) {
	if task.Metrics().Main().SmallerIsBetter {
		return -score, "", 4
	}
	return 100 * score, "percent", 1
}

func evaluationTable(task datasets.Task, evaluations []training.Evaluation) *Table {
	main := task.Metrics().Main()
	_, unit, _ := devNumber(task, 0)
	t := &Table{Name: "evaluations", Title: main.Name + " on the dev set", topic: aboutCurves}
	t.Columns = []Column{numberColumn("step", ""), numberColumn("epoch", ""), numberColumn(main.Name, unit), numberColumn("time (s)", ""), {Name: "best so far"}}
	for _, e := range evaluations {
		value, _, decimals := devNumber(task, e.Score)
		row := []Entry{count(e.Step), count(e.Epoch), number(value, decimals), number(e.Seconds, 1), {}}
		if e.Best {
			row[4] = text("yes")
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// settingsTable lists the options as flags of xpt train.
func settingsTable(o training.Options) *Table {
	t := &Table{Name: "settings", Title: "Settings", Columns: []Column{{Name: "flag"}, {Name: "value"}, {Name: "default, where it differs"}}, topic: aboutSettings}
	defaults, values := training.Defaults(), map[string]string{}
	settings.Each(&defaults, func(field reflect.StructField, value reflect.Value) { values[field.Name] = fmt.Sprint(value) })
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		shown, usual := fmt.Sprint(value), values[field.Name]
		if shown == usual {
			usual = ""
		}
		if shown != "" {
			t.Rows = append(t.Rows, []Entry{text("--" + field.Tag.Get("flag")), text(shown), text(usual)})
		}
	})
	return t
}

// curvesOfRun plots the loss, the rates and the dev scores by step, each where it has two points.
func curvesOfRun(task datasets.Task, steps []training.Step, evaluations []training.Evaluation) []figure {
	var rates, headRates, dev []mark
	differ := false
	for _, s := range steps {
		rates, headRates = append(rates, mark{x: float64(s.Step), y: s.Rate}), append(headRates, mark{x: float64(s.Step), y: s.Head})
		differ = differ || s.Rate != s.Head
	}
	for _, e := range evaluations {
		value, _, _ := devNumber(task, e.Score)
		dev = append(dev, mark{x: float64(e.Step), y: value})
	}
	main := task.Metrics().Main()
	onDev := scores(main.Name)
	if main.SmallerIsBetter {
		onDev = axis{label: main.Name}
	}
	ofRates := []series{curve("", "learning rate", 0, rates)}
	if differ {
		ofRates = []series{curve("prompt or backbone", "prompt or backbone", 0, rates), curve("head", "head", 1, headRates)}
	}
	return drawn([]figure{
		byStep(axis{label: "loss"}, []series{curve("", "loss", 0, smooth(steps))}).figure(aboutCurves, "", "Training loss by step."),
		byStep(axis{label: "learning rate", reach: []float64{0}}, ofRates).figure(aboutCurves, "", "Learning rate by step."),
		byStep(onDev, []series{curve("", main.Name, 0, dev)}).figure(aboutCurves, "", main.Name+" on the dev set by step."),
	})
}
