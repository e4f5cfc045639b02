package transfer

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
)

// Selection is what of a task's data is scored.
type Selection struct {
	Split     string
	Languages []string           // rows of a table: see [datasets.Task.Languages]
	LeftOut   []datasets.LeftOut // languages of the data that are no rows, where all were asked for
}

// Choose says which split and languages are evaluated: the split asked for, or test where dir has
// one and dev where not; all languages of it, or those of a list parted by commas. There en stands for
// each treebank of English, and en_ewt+en_pud for two of them as one.
func Choose(task datasets.Task, dir, split, list string) (c Selection, err error) {
	if !task.HasLabels() {
		return c, fmt.Errorf("a run of task %s has no labels to evaluate", task.Name)
	}
	splits := []string{split}
	if split == "" {
		splits = []string{"test", "dev"}
	}
	var have []string
	var errs []error
	for _, c.Split = range splits {
		if have, err = task.Languages(dir, c.Split); err == nil {
			break
		}
		errs = append(errs, err)
	}
	if have == nil {
		return c, errs[0]
	}
	if list == "all" || list == "" {
		c.Languages = have
		c.LeftOut, err = task.LeftOut(dir, c.Split)
		return c, err
	}
	for _, name := range strings.Split(list, ",") {
		for _, row := range rowsOf(have, name) {
			if slices.Contains(c.Languages, row) {
				return c, fmt.Errorf("language %s is there twice in %q", row, list)
			}
			c.Languages = append(c.Languages, row)
		}
		for _, part := range strings.Split(name, "+") {
			if rowsOf(have, part) == nil {
				return c, fmt.Errorf("no %s data of task %s in language %q: there are %s", c.Split, task.Name, part, strings.Join(have, ", "))
			}
		}
	}
	return c, nil
}

// rowsOf are the rows that a name stands for: itself, treebanks that it joins, or each treebank of a language.
func rowsOf(have []string, name string) (rows []string) {
	if slices.Contains(have, name) || strings.Contains(name, "+") {
		return []string{name}
	}
	for _, row := range have {
		if code, _ := datasets.Language(row); code == name {
			rows = append(rows, row)
		}
	}
	return rows
}

// LeftOutText says which languages are no rows, and why; empty for none.
func LeftOutText(task, split string, out []datasets.LeftOut) string {
	byWhy := map[string][]string{}
	var order []string
	for _, l := range out {
		if byWhy[l.Why] == nil {
			order = append(order, l.Why)
		}
		byWhy[l.Why] = append(byWhy[l.Why], l.Language)
	}
	var parts []string
	for _, why := range order {
		parts = append(parts, fmt.Sprintf("%s (%s)", strings.Join(byWhy[why], ", "), why))
	}
	if parts == nil {
		return ""
	}
	return fmt.Sprintf("left out, without %s data of task %s: %s", split, task, strings.Join(parts, "; "))
}
