package report

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"xpt/internal/settings"
	"xpt/internal/study"
	"xpt/training"
)

// runsTable lists every cell of the study, its trials behind the others, and outcomes of cells that are no longer part of it.
func runsTable(m *matrix) *Table {
	t := &Table{Name: "runs", Title: "Runs", topic: aboutRuns}
	t.Note = "Every cell of the study with its settings where they are not the defaults; dev is the best score on the dev set, in percent. " +
		"A run is the folder runs/NAME, its scores and counts are cells/NAME.json."
	t.Columns = []Column{{Name: "run"}, {Name: "task"}, {Name: "method"}, {Name: "pool"}, {Name: "seed"}, {Name: "status"}, {Name: "error"},
		numberColumn("dev", "percent"), numberColumn("time (s)", ""), numberColumn("peak memory (GB)", ""), numberColumn("GPU memory (GB)", ""), {Name: "dtype"}, {Name: "device"}, {Name: "libtorch"}, {Name: "settings"}}
	cells := slices.Concat(m.study.Cells, m.study.FewShot, m.study.Trials)
	ofStudy := len(cells)
	for _, name := range slices.Sorted(maps.Keys(m.outcomes)) {
		if !slices.ContainsFunc(cells, func(c study.Cell) bool { return c.Name() == name }) {
			cells = append(cells, m.outcomes[name].Cell)
		}
	}
	ofProcess := false
	for i, c := range cells {
		o := m.outcomes[c.Name()]
		status := m.status(c)
		state := Entry{Text: status}
		if status != study.Done {
			state.Status = status
		}
		if i >= ofStudy {
			state.Text += ", not part of the study as it is now"
		}
		row := []Entry{text(c.Name()).of(c.Name()), text(c.Task), text(c.Method), text(c.Pool), {}, state, text(o.Error)}
		if c.Method != study.Likelihood {
			row[4] = text(fmt.Sprint(c.Seed))
		}
		record := o.Record
		dev, seconds, peak, gpu := Entry{}, Entry{}, Entry{}, Entry{}
		if record.Best != nil {
			dev = number(100*record.Best.Score, 1)
		}
		if o.Seconds > 0 {
			seconds = number(o.Seconds, 0)
		}
		if record.PeakBytes > 0 {
			peak = number(float64(record.PeakBytes)/1e9, 2)
		}
		if record.GPUPeakBytes > 0 {
			gpu = number(float64(record.GPUPeakBytes)/1e9, 2)
		}
		ofProcess = ofProcess || record.PeakBytes > 0 && record.PeakOf != training.PeakOfTraining
		row = append(row, dev, seconds, peak, gpu, text(record.DType), text(record.Device), text(record.Torch), text(changed(record.Options)))
		t.Rows = append(t.Rows, row)
	}
	t.Note += " Peak memory is the largest from the beginning of the cell's training on."
	if ofProcess {
		t.Note += " For some cells it is that of the process, with what ran before them: the system, or an earlier xpt, told no other."
	}
	var same []string
	for _, name := range []string{"dtype", "device", "libtorch"} {
		if value := t.dropSame(name); value != "" {
			same = append(same, name+" "+value)
		}
	}
	if same != nil {
		t.Note += " All of them: " + strings.Join(same, ", ") + "."
	}
	t.dropEmpty("error")
	t.dropEmpty("GPU memory (GB)")
	return t
}

// ofCell are options that other columns or the page's header show.
var ofCell = []string{"checkpoint", "task", "method", "data", "language", "pool", "seed"}

// changed are the options that differ from the defaults, as flags of xpt train.
func changed(o training.Options) string {
	if o.Task == "" {
		return ""
	}
	var flags []string
	defaults, values := training.Defaults(), map[string]any{}
	settings.Each(&defaults, func(field reflect.StructField, value reflect.Value) { values[field.Name] = value.Interface() })
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		name := field.Tag.Get("flag")
		if value.Interface() != values[field.Name] && !slices.Contains(ofCell, name) {
			flags = append(flags, fmt.Sprintf("--%s %v", name, value))
		}
	})
	return strings.Join(flags, " ")
}
