package transfer

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
)

// Selection is the part of a task's data that is scored.
type Selection struct {
	Split     string
	Languages []string           // rows of a table: see [datasets.Task.Languages]
	LeftOut   []datasets.LeftOut // languages of the data that are no rows, where all were asked for
}

// Choose returns the split and the languages to evaluate. An empty split is test if dir has one, and
// dev otherwise. list holds languages separated by commas; "all" or "" are all of the split. In a list
// en is each treebank of English, and en_ewt+en_pud joins two of them in one row.
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
		if have, c.LeftOut, err = task.Split(dir, c.Split); err == nil {
			break
		}
		errs = append(errs, err)
	}
	if have == nil {
		return c, errs[0]
	}
	if list == "all" || list == "" {
		c.Languages = have
		return c, nil
	}
	c.LeftOut = nil
	for _, name := range datasets.LanguageNames(list) {
		first, _ := datasets.Language(name)
		for _, part := range strings.Split(name, "+")[1:] {
			if other, _ := datasets.Language(part); other != first {
				return c, fmt.Errorf("%s joins two languages: treebanks of one can be joined, such as en_ewt+en_pud", name)
			}
		}
		for _, row := range rowsOf(have, name) {
			if slices.Contains(c.Languages, row) {
				return c, fmt.Errorf("language %s is there twice in %q", row, list)
			}
			c.Languages = append(c.Languages, row)
		}
		for _, part := range strings.Split(name, "+") {
			if rowsOf(have, part) == nil {
				return c, fmt.Errorf("no %s data of task %s in language %q: there are %s",
					c.Split, task.Name, part, strings.Join(have, ", "))
			}
		}
	}
	return c, nil
}

// rowsOf returns the rows that a name selects: itself, treebanks that it joins, or each treebank of a language.
func rowsOf(have []string, name string) (rows []string) {
	if slices.Contains(have, name) || strings.Contains(name, "+") {
		return []string{name}
	}
	wanted, ok := datasets.Language(name)
	if !ok || strings.Contains(name, "_") {
		return nil
	}
	for _, row := range have {
		if code, _ := datasets.Language(row); code == wanted {
			rows = append(rows, row)
		}
	}
	return rows
}

// LeftOutText names the languages that are left out, and why; "" if there are none.
func LeftOutText(task, split string, out []datasets.LeftOut) string {
	var by ByReason
	for _, l := range out {
		by.Add(l.Language, l.Why)
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("left out, without %s data of task %s: %s", split, task, &by)
}

// ByReason groups languages by what is said of them, each once.
type ByReason struct {
	reasons   []string
	languages map[string][]string
}

// Add says the reason of a language.
func (b *ByReason) Add(language, reason string) {
	if b.languages == nil {
		b.languages = map[string][]string{}
	}
	if b.languages[reason] == nil {
		b.reasons = append(b.reasons, reason)
	}
	if !slices.Contains(b.languages[reason], language) {
		b.languages[reason] = append(b.languages[reason], language)
	}
}

// String is "en, de (reason); sw (another)"; empty if nothing was added.
func (b *ByReason) String() string {
	var parts []string
	for _, reason := range b.reasons {
		parts = append(parts, fmt.Sprintf("%s (%s)", strings.Join(b.languages[reason], ", "), reason))
	}
	return strings.Join(parts, "; ")
}
