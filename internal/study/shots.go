package study

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"xpt/internal/settings"
	"xpt/internal/train"
	"xpt/training"
)

// Shots are further trainings on a few examples of other languages, each of which starts from the run of a cell.
type Shots struct {
	Languages []string
	Examples  []uint64 // of each label; of tagging sentences
	settings  layers   // what differs from the cell's settings
}

// shots reads the key of that name.
func (f *File) shots(node ast.Node) error {
	f.lines["shots"] = line(node)
	return f.mapping(node, "shots", keys{
		"languages": f.codes("languages of shots", &f.Shots.Languages),
		"examples":  f.into("examples", &f.Shots.Examples),
		"settings":  func(node ast.Node) error { return f.layers(node, "settings of shots", &f.Shots.settings, true) },
	})
}

func (f *File) checkShots() error {
	s := f.Shots
	switch {
	case f.lines["shots"] == 0:
		return nil
	case len(s.Languages) == 0 || len(s.Examples) == 0 || slices.Min(s.Examples) < 1:
		return f.at("shots", errors.New("expected languages, such as [sw, tr], and examples of at least 1, such as [2, 8, 32]"))
	case set[string]{}.fill("language", s.Languages) != nil || set[uint64]{}.fill("number", s.Examples) != nil:
		return f.at("shots", errors.New("a language or a number of examples is there twice"))
	case f.Keep == keepPrompts && slices.Contains(f.Methods, train.Full.Name):
		return f.at("shots", errors.New("they start from the weights of method full, which keep: prompts removes"))
	}
	for _, task := range f.Tasks {
		for _, method := range f.Methods {
			if err := f.checkShotsSettings(s.settings.of(task, method)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkShotsSettings refuses lists, of which no dev set of the language may choose, and what shots replace.
func (f *File) checkShotsSettings(layers []layer) error {
	for _, l := range layers {
		for name, at := range l.lines {
			if l.lists[name] != nil || slices.Contains([]string{"shots", "shots-language", "limit", "sampling-temperature", "patience"}, name) {
				return f.fail(at, "settings of shots: %s may have one value, and shots, limit, sampling-temperature and patience none", name)
			}
		}
	}
	return nil
}

// set changes the options of the cell that c starts from into those of c.
func (s Shots) set(c Cell, o *training.Options, lines map[string]int) {
	for _, l := range s.settings.of(c.Task, c.Method) {
		settings.Overlay(o, &l.given, func(name string) bool { _, ok := l.lines[name]; return ok })
		maps.Copy(lines, l.lines)
	}
	o.Shots, o.ShotsIn, o.Limit, o.Temperature, o.Patience = c.Shots, c.ShotsIn, 0, 0, 0
	lines["shots"], lines["shots-language"] = 0, 0
}

// fewShot are the cells that start from c's run.
func (f *File) fewShot(c Cell) (cells []Cell) {
	if c.Method == Likelihood {
		return nil
	}
	for _, c.ShotsIn = range f.Shots.Languages {
		for _, n := range f.Shots.Examples {
			c.Shots = int(n)
			cells = append(cells, c)
		}
	}
	return cells
}

// shotsJob is the cell c, which starts from the run of the job after. It is evaluated in the language of its shots alone.
func (p *Plan) shotsJob(c Cell, after job, data *train.Data) (j job, err error) {
	f, t := p.file, p.tasks[c.Task]
	j = job{Cell: c, after: &after}
	at := c
	at.Trial = after.point
	if j.options, err = f.options(at); err != nil {
		return j, err
	}
	j.options.From = p.runDir(after.Cell)
	if other := train.FormDifferences(after.options, j.options); other != nil {
		return j, f.at("shots", fmt.Errorf("the settings of %s and of the run that it starts from differ: %s", c.Name(), strings.Join(other, ", ")))
	}
	if j.training, err = data.TrainingDigest(j.options); err != nil {
		return j, f.at("shots", err)
	}
	var digests []string
	for _, row := range t.languages {
		if means(c.ShotsIn, row) {
			j.languages, digests = append(j.languages, row), append(digests, row+" "+t.digests[row])
		}
	}
	if j.languages == nil {
		return j, f.at("shots", fmt.Errorf("the study evaluates task %s in no language %q: it has %s", c.Task, c.ShotsIn, strings.Join(t.languages, ", ")))
	}
	j.key = checksum(c, withoutPaths(j.options), after.key, j.training, digests)
	return j, nil
}

// started gives a few-shot cell the settings of the run that it starts from; ok is false as long as that is not done.
func (r *runner) started(j job) (_ job, ok bool, err error) {
	after, ok, err := r.chosen(*j.after)
	if err != nil || !ok {
		return j, false, err
	}
	o, ok, err := read[Outcome](filepath.Join(r.dir, cellsDir, after.Name()+".json"))
	if err != nil || !ok || o.Status != Done || o.Key != after.key {
		return j, false, err
	}
	j, err = r.shotsJob(j.Cell, after, r.use(j.Task))
	j.origin = o.Record.BestFile
	return j, err == nil, err
}

// startsFrom tells whether a run started from the one that the job starts from.
func (j job) startsFrom(record training.Record) bool {
	if j.after == nil {
		return record.Origin == nil
	}
	return record.Origin != nil && record.Origin.BestFile == j.origin
}
