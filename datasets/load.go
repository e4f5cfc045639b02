package datasets

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Load reads the examples of a split (train, dev, test) in a language; lang is a name of [Task.Languages], the data set's
// name of the part (eng_Latn, en_pud), or treebanks joined as en_ewt+en_pud. dir is the task's folder, or a parent with a
// folder named after the task. Odd but usable rows become examples; [Task.LoadWithDiagnostics] lists these and the rows
// left out.
func (t Task) Load(dir, split, lang string) ([]Example, error) {
	examples, _, err := t.LoadWithDiagnostics(dir, split, lang)
	return examples, err
}

// LoadWithDiagnostics is Load with diagnostics.
func (t Task) LoadWithDiagnostics(dir, split, lang string) ([]Example, Diagnostics, error) {
	split, err := canonicalSplit(split)
	if err != nil {
		return nil, Diagnostics{}, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return nil, Diagnostics{}, err
	}
	wanted, err := t.choose(all, split, lang)
	if err != nil {
		return nil, Diagnostics{}, err
	}
	if len(wanted) == 0 {
		return nil, Diagnostics{}, fmt.Errorf("no %s split of task %s in language %q in %s: the folder has %s", split, t.Name, lang, dir, summary(all))
	}
	return t.readAll(wanted)
}

func (t Task) readAll(sources []source) ([]Example, Diagnostics, error) {
	var diag Diagnostics
	var examples []Example
	for _, s := range sources {
		diag.Files = append(diag.Files, s.path)
		got, err := t.layouts[s.layout].read(t, s, &diag)
		if err != nil {
			return nil, diag, err
		}
		examples = append(examples, got...)
	}
	if len(examples) == 0 {
		why := ""
		if len(diag.Odd) > 0 {
			why = fmt.Sprintf(": line %d: %s", diag.Odd[0].Line, diag.Odd[0].What)
		}
		return nil, diag, fmt.Errorf("%s: no examples in the file%s", strings.Join(diag.Files, ", "), why)
	}
	return examples, diag, nil
}

// choose picks the files that make up a split in a language, or in treebanks joined by +.
func (t Task) choose(all []source, split, lang string) (chosen []source, err error) {
	for _, name := range strings.Split(lang, "+") {
		found := t.candidates(all, split, name)
		if banks := treebanks(t.withText(found)); len(banks) > 1 {
			return nil, fmt.Errorf("%s split of task %s: language %s has several treebanks, %s: name one, or join them as %s",
				split, t.Name, name, strings.Join(banks, ", "), strings.Join(banks, "+"))
		}
		if len(found) > 1 && !t.layouts[found[0].layout].concat && !found[0].shard {
			one, err := shortestName(found)
			if err != nil {
				return nil, fmt.Errorf("%s split of task %s in language %q: %w", split, t.Name, name, err)
			}
			found = []source{one}
		}
		if len(found) == 0 {
			return nil, nil
		}
		chosen = append(chosen, found...)
	}
	return chosen, nil
}

// candidates are the files of a split in a language or a treebank: those of the first of the task's layouts that has it.
func (t Task) candidates(all []source, split, lang string) (found []source) {
	code, _ := Language(lang)
	for i := range t.layouts {
		for _, s := range all {
			if s.layout == i && s.split == split && (s.config == lang || s.lang == code && !isTreebank(lang)) {
				found = append(found, s)
			}
		}
		if found != nil {
			break
		}
	}
	return found
}

func isTreebank(lang string) bool { return treebankCode.MatchString(lang) }

// shortestName prefers train-en.tsv to train-en.first100.tsv.
func shortestName(found []source) (source, error) {
	best, tie := found[0], ""
	for _, s := range found[1:] {
		switch n, m := len(filepath.Base(s.path)), len(filepath.Base(best.path)); {
		case n < m:
			best, tie = s, ""
		case n == m:
			tie = s.path
		}
	}
	if tie != "" {
		return source{}, fmt.Errorf("both %s and %s hold it: name the folder of one", best.path, tie)
	}
	return best, nil
}

// fail is an error about a line of a file.
func fail(path string, line int, format string, args ...any) error {
	return fmt.Errorf("%s:%d: %s", path, line, fmt.Sprintf(format, args...))
}

// checkLabel returns the label's name in the task. A task without a list of labels (the user's own data) accepts any label
// that fits in a line of text, for files of predictions.
func (t Task) checkLabel(path string, line int, label string, diag *Diagnostics) (string, error) {
	if name, ok := t.spellings[label]; ok {
		label = name
	} else if name, ok := t.replaced[label]; ok {
		diag.kept(path, line, fmt.Sprintf("label %q read as %s", label, name))
		label = name
	}
	if len(t.Labels) == 0 && (!utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl)) {
		return "", fail(path, line, "label %q holds control characters or is no UTF-8: write it in plain text", label)
	}
	if len(t.Labels) > 0 && t.LabelIndex(label) < 0 {
		return "", fail(path, line, "label %q is not one of task %s: expected one of %s", label, t.Name, strings.Join(t.Labels, ", "))
	}
	return label, nil
}
