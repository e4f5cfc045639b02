package datasets

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"xpt/internal/regular"
)

// Part describes a file, or one language of it.
type Part struct {
	Task     string         `json:"task"`
	Kind     string         `json:"kind"`
	Layout   string         `json:"layout"`
	Split    string         `json:"split"`
	Language string         `json:"language"`
	File     string         `json:"file"`
	Examples int            `json:"examples"`
	Words    int            `json:"words,omitempty"`      // of tagged sentences
	Labels   map[string]int `json:"labels"`               // count of each
	None     int            `json:"unlabelled,omitempty"` // examples without labels
	Odd      []Odd          `json:"odd"`
	Error    string         `json:"error,omitempty"` // that ended the reading of the file

	err error // of Error
}

// Survey lists the data in a folder.
type Survey struct {
	Parts []Part   `json:"parts"`
	Other []string `json:"other"` // files that no task recognises
}

// Look reads every file below dir that belongs to a task. A file in a folder named after a task is that task's; elsewhere
// the labels decide. only restricts the survey to one task; "" does not.
func Look(dir, only string) (Survey, error) {
	tasks := Tasks()
	if only != "" {
		t, err := Lookup(only)
		if err != nil {
			return Survey{}, err
		}
		tasks = []Task{t}
	}
	root, err := filepath.Abs(dir)
	if err != nil {
		return Survey{}, err
	}
	files, err := filesBelow(dir, func(string) bool { return false })
	if err != nil {
		return Survey{}, err
	}
	var survey Survey
	for _, rel := range files {
		parts := look(tasks, filepath.Base(root), dir, rel)
		if parts == nil {
			survey.Other = append(survey.Other, filepath.Join(dir, filepath.FromSlash(rel)))
		}
		for _, p := range parts {
			if errors.Is(p.err, regular.ErrStandardOutput) { // the survey would overwrite it
				return survey, p.err
			}
		}
		survey.Parts = append(survey.Parts, parts...)
	}
	order := map[string]int{}
	for i, t := range tasks {
		order[t.Name] = i
	}
	slices.SortStableFunc(survey.Parts, func(a, b Part) int {
		split := func(p Part) int { return strings.Index("train dev test", p.Split) }
		return cmp.Or(order[a.Task]-order[b.Task], split(a)-split(b), englishFirst(a.Language, b.Language))
	})
	return survey, nil
}

// look reads a file as the task that a folder of its path is named after, else as the task that it fits best.
func look(tasks []Task, name, dir, rel string) []Part {
	if t, root, below, ok := namedTask(tasks, name, dir, rel); ok {
		return t.parts(root, below)
	}
	if len(tasks) == 1 {
		return tasks[0].parts(dir, rel)
	}
	var best []Part
	bestFit := noFit
	for _, t := range tasks {
		parts := t.parts(dir, rel)
		if f := t.fit(parts); f > bestFit {
			best, bestFit = parts, f
		}
	}
	return best
}

// namedTask finds the deepest folder of a file's path that is named after a task. name is the name of dir.
func namedTask(tasks []Task, name, dir, rel string) (t Task, root, below string, ok bool) {
	folders := strings.Split(rel, "/")
	file := folders[len(folders)-1]
	folders = append([]string{name}, folders[:len(folders)-1]...)
	for i := len(folders) - 1; i >= 0; i-- {
		for _, t := range tasks {
			if t.hasName(folders[i]) {
				root := filepath.Join(append([]string{dir}, folders[1:i+1]...)...)
				return t, root, strings.Join(append(folders[i+1:], file), "/"), true
			}
		}
	}
	return Task{}, "", "", false
}

// How well a file fits a task, from worst to best. The user's own data accepts any label, so a known task is preferred,
// even with an error late in the file. Two columns without labels are more likely pairs than words with the user's own tags.
const (
	noFit = iota
	gapsFit
	ownTagsFit
	unlabelledFit
	ownFit
	brokenFit
	wholeFit
)

// certain is the number of examples after which an error is one in the task's file; before, the file is likely another
// task's.
const certain = 10

func (t Task) fit(parts []Part) int {
	fit := noFit
	for _, p := range parts {
		leftOut := slices.ContainsFunc(p.Odd, func(o Odd) bool { return !o.Kept })
		switch {
		case errors.Is(p.err, regular.ErrStandardOutput):
			return wholeFit
		case p.Error != "" && (p.Examples < certain || t.Labels == nil):
			return noFit
		case p.Error != "":
			fit = max(fit, brokenFit)
		case p.Examples == 0 && len(p.Odd) > 0: // for example a treebank without its text
			fit = max(fit, gapsFit)
		case p.Examples == 0:
		case t.Labels == nil && t.TagsWords():
			fit = max(fit, ownTagsFit)
		case t.Labels == nil:
			fit = max(fit, ownFit)
		case p.None == p.Examples && leftOut: // for example tagged sentences read as pairs of texts
			fit = max(fit, gapsFit)
		case p.None == p.Examples:
			fit = max(fit, unlabelledFit)
		default:
			fit = max(fit, wholeFit)
		}
	}
	return fit
}

// parts reads a file as the task's; nil if its name does not match a layout.
func (t Task) parts(root, rel string) (parts []Part) {
	sources, err := t.recognise(root, rel)
	if err != nil {
		p := t.part(filepath.Join(root, rel))
		p.Error, p.err = err.Error(), err
		return []Part{p}
	}
	for _, s := range sources {
		layout := t.layouts[s.layout]
		p := t.part(s.path)
		p.Layout, p.Split, p.Language = layout.name, s.split, s.lang
		var diag Diagnostics
		examples, err := layout.read(t, s, &diag)
		if err != nil {
			p.Error, p.err = err.Error(), err
		}
		p.Odd = append(p.Odd, diag.Odd...)
		p.count(examples)
		parts = append(parts, p)
	}
	return parts
}

func (t Task) part(file string) Part {
	return Part{Task: t.Name, Kind: t.Kind.String(), File: file, Labels: map[string]int{}, Odd: []Odd{}}
}

func (p *Part) count(examples []Example) {
	p.Examples = len(examples)
	for _, e := range examples {
		p.Words += len(e.Words)
		for _, tag := range e.Tags {
			p.Labels[tag]++
		}
		switch {
		case e.Label != "":
			p.Labels[e.Label]++
		case e.Tags == nil:
			p.None++
		}
	}
}
