package datasets

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Load reads the examples of a split (train, dev, test) in a language. dir is the task's own folder or a parent that has a
// folder named after the task. Every row of a file becomes an example, odd ones too; [Task.LoadReport] names those.
func (t Task) Load(dir, split, lang string) ([]Example, error) {
	examples, _, err := t.LoadReport(dir, split, lang)
	return examples, err
}

// LoadReport is Load with the report of what was odd on the way.
func (t Task) LoadReport(dir, split, lang string) ([]Example, Report, error) {
	split, err := canonicalSplit(split)
	if err != nil {
		return nil, Report{}, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return nil, Report{}, err
	}
	var wanted []source
	for _, s := range all {
		if s.split == split && s.lang == lang {
			wanted = append(wanted, s)
		}
	}
	if len(wanted) == 0 {
		return nil, Report{}, fmt.Errorf("no %s split of task %s in language %q in %s: the folder has %s", split, t.Name, lang, dir, summary(all))
	}
	wanted, err = preferPlainName(wanted)
	if err != nil {
		return nil, Report{}, fmt.Errorf("%s split of task %s in language %q: %w", split, t.Name, lang, err)
	}
	var rep Report
	var examples []Example
	for _, s := range wanted {
		rep.Files = append(rep.Files, s.path)
		got, err := s.layout.read(t, s, &rep)
		if err != nil {
			return nil, rep, err
		}
		if len(got) == 0 {
			return nil, rep, fmt.Errorf("%s: no examples in the file", s.path)
		}
		examples = append(examples, got...)
	}
	return examples, rep, nil
}

// preferPlainName keeps the one file with the shortest name, so that train-en.tsv wins over train-en.first100.tsv beside it.
func preferPlainName(found []source) ([]source, error) {
	best := found[0]
	tie := ""
	for _, s := range found[1:] {
		switch n, m := len(filepath.Base(s.path)), len(filepath.Base(best.path)); {
		case n < m:
			best, tie = s, ""
		case n == m:
			tie = s.path
		}
	}
	if tie != "" {
		return nil, fmt.Errorf("both %s and %s hold it: give the folder of one", best.path, tie)
	}
	return []source{best}, nil
}

// fail is an error about a line of a file.
func fail(path string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", path, line, fmt.Sprintf(format, args...))
}

// checkLabel returns the label's name in the task, following the aliases (file spelling -> name).
func (t Task) checkLabel(path string, line int, label string, aliases map[string]string) (string, error) {
	if name, ok := aliases[label]; ok {
		label = name
	}
	if t.LabelIndex(label) < 0 {
		return "", fail(path, line, "label %q is not one of task %s: expected one of %s", label, t.Name, strings.Join(t.Labels, ", "))
	}
	return label, nil
}
