package report

import (
	"fmt"
	"image/color"
	"path/filepath"
	"reflect"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

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
	if r.figures, err = curvesOfRun(task, steps, evaluations); err != nil {
		return nil, err
	}
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
	t := &Table{Name: "settings", Title: "Settings", Columns: []Column{{Name: "flag"}, {Name: "value"}}, topic: aboutSettings}
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		if shown := fmt.Sprint(value); shown != "" {
			t.Rows = append(t.Rows, []Entry{text("--" + field.Tag.Get("flag")), text(shown)})
		}
	})
	return t
}

// curvesOfRun plots the loss, the rates and the dev scores by step, each where it has two points.
func curvesOfRun(task datasets.Task, steps []training.Step, evaluations []training.Evaluation) (figures []figure, err error) {
	var rates, headRates, scores plotter.XYs
	differ := false
	for _, s := range steps {
		rates, headRates = append(rates, plotter.XY{X: float64(s.Step), Y: s.Rate}), append(headRates, plotter.XY{X: float64(s.Step), Y: s.Head})
		differ = differ || s.Rate != s.Head
	}
	for _, e := range evaluations {
		value, _, _ := devNumber(task, e.Score)
		scores = append(scores, plotter.XY{X: float64(e.Step), Y: value})
	}
	main := task.Metrics().Main().Name
	_, unit, _ := devNumber(task, 0)
	lines := []curve{{"", rates}}
	if differ {
		lines = []curve{{"prompt or backbone", rates}, {"head", headRates}}
	}
	for _, f := range []struct {
		caption, y string
		lines      []curve
	}{
		{"Training loss by step", "loss", []curve{{"", smooth(steps)}}},
		{"Learning rate by step", "learning rate", lines},
		{main + " on the dev set by step", strings.TrimSpace(main + " " + unit), []curve{{"", scores}}},
	} {
		p := plotCurves(f.y, f.lines)
		if p == nil {
			continue
		}
		svg, err := render(p, 360, 230, f.caption)
		if err != nil {
			return nil, fmt.Errorf("plot of %s: %w", f.caption, err)
		}
		figures = append(figures, figure{topic: aboutCurves, Caption: f.caption, SVG: svg})
	}
	return figures, nil
}

// curve is a line of a plot; its name is empty where it is the only one.
type curve struct {
	name   string
	points plotter.XYs
}

// plotCurves draws lines by step; nil where they have fewer than two points.
func plotCurves(y string, curves []curve) *plot.Plot {
	p := newPlot("step", y)
	p.Legend.Top = true
	for i, c := range curves {
		line, err := plotter.NewLine(c.points)
		if err != nil || len(c.points) < 2 { // NaN, infinite or none
			return nil
		}
		line.LineStyle = styleOf(series[i], i)
		p.Add(line)
		if c.name != "" {
			p.Legend.Add(c.name, line)
		}
	}
	return p
}

// styleOf is the style of line number i: every second one is dashed.
func styleOf(c color.RGBA, i int) draw.LineStyle {
	style := draw.LineStyle{Color: c, Width: 1.1}
	if i%2 == 1 {
		style.Dashes = []vg.Length{5, 2.5}
	}
	return style
}
