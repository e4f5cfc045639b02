package datasets

import (
	"cmp"
	"errors"
	"path"
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
	Error    string         `json:"error,omitempty"`   // why the file could not be read to its end
	Guessed  bool           `json:"guessed,omitempty"` // the task, by the content: no folder is named after one
	Fits     []string       `json:"fits,omitempty"`    // other tasks that a guessed file fits as well
	Unread   string         `json:"unread,omitempty"`  // why the task's commands do not read the file

	source  source
	seconds int   // different second texts
	spaced  int   // words with spaces
	err     error // that Error is
}

// Survey lists the data in a folder.
type Survey struct {
	Parts []Part   `json:"parts"`
	Other []string `json:"other"` // files that no task recognises
}

// Look reads every file below dir that belongs to a task. A file in a folder named after a task is
// that task's; elsewhere the content decides. With only != "", other tasks are left out, and files in
// no task's folder count as that task's.
func Look(dir, only string) (Survey, error) {
	tasks := Tasks()
	if only != "" {
		t, err := Lookup(only)
		if err != nil {
			return Survey{}, err
		}
		tasks = []Task{t}
	}
	skip := func(string) bool { return false }
	if only != "" {
		skip = tasks[0].isAnother
	}
	files, err := filesBelow(dir, skip)
	if err != nil {
		return Survey{}, err
	}
	var survey Survey
	for _, rel := range files {
		parts := look(tasks, dir, rel)
		if parts == nil && !strings.HasPrefix(path.Base(rel), "README") {
			survey.Other = append(survey.Other, filepath.Join(dir, filepath.FromSlash(rel)))
		}
		for _, p := range parts {
			if errors.Is(p.err, regular.ErrStandardOutput) { // the survey would overwrite it
				return survey, p.err
			}
		}
		survey.Parts = append(survey.Parts, parts...)
	}
	for _, t := range tasks {
		t.markUnread(dir, survey.Parts)
	}
	order := map[string]int{}
	for i, t := range tasks {
		order[t.Name] = i
	}
	slices.SortStableFunc(survey.Parts, func(a, b Part) int {
		split := func(p Part) int { return slices.Index(splitOrder, p.Split) }
		return cmp.Or(order[a.Task]-order[b.Task], split(a)-split(b), englishFirst(a.Language, b.Language))
	})
	return survey, nil
}

// markUnread says of the task's parts which of them [Task.Load] passes over, and why.
func (t Task) markUnread(dir string, parts []Part) {
	if !slices.ContainsFunc(parts, func(p Part) bool { return p.Task == t.Name }) {
		return
	}
	all, err := t.sources(dir)
	if err != nil {
		return // the part's own error tells
	}
	for i := range parts {
		p := &parts[i]
		if p.Task != t.Name || p.source.path == "" {
			continue
		}
		if !slices.Contains(all, p.source) {
			p.Unread = "another folder is named after the task, and is read instead"
			continue
		}
		name := p.Language
		if banks := t.rows(all, p.Split, p.Language); len(banks) > 1 {
			name = p.source.config
		}
		chosen, err := t.choose(all, p.Split, name)
		if err != nil {
			p.Unread = err.Error()
		} else if len(chosen) > 0 && !slices.Contains(chosen, p.source) {
			p.Unread = chosen[0].path + " is read instead"
		}
	}
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
		p.Layout, p.Split, p.Language, p.source = layout.name, s.split, s.lang, s
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
	seconds := map[string]bool{}
	for _, e := range examples {
		p.Words += len(e.Words)
		seconds[e.Pair] = true
		for _, word := range e.Words {
			if strings.Contains(strings.TrimSpace(word), " ") {
				p.spaced++
			}
		}
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
	p.seconds = len(seconds)
}
