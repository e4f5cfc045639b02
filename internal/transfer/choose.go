package transfer

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
)

// LeftOut says which languages Choose leaves out of all as their files withhold the text; empty
// where there is none.
func LeftOut(task datasets.Task, dir, split string) (string, error) {
	withheld, err := task.Withheld(dir, split)
	if len(withheld) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s data of task %s is left out in %s: its files come without their text", split, task.Name, strings.Join(withheld, ", ")), nil
}

// Choose says which split and languages are evaluated: the split asked for, or test where dir has
// one and dev where not; all languages of it, or those of a list parted by commas.
func Choose(task datasets.Task, dir, split, list string) (string, []string, error) {
	if !task.HasLabels() {
		return "", nil, fmt.Errorf("a run of task %s has no labels to evaluate", task.Name)
	}
	splits := []string{split}
	if split == "" {
		splits = []string{"test", "dev"}
	}
	var have []string
	var errs []error
	for _, split = range splits {
		var err error
		if have, err = task.Languages(dir, split); err == nil {
			break
		}
		errs = append(errs, err)
	}
	if have == nil {
		return "", nil, errs[0]
	}
	if list == "all" || list == "" {
		return split, have, nil
	}
	chosen := strings.Split(list, ",")
	for i, language := range chosen {
		if slices.Contains(chosen[:i], language) {
			return "", nil, fmt.Errorf("language %s is there twice in %q", language, list)
		}
		if !slices.Contains(have, language) {
			return "", nil, fmt.Errorf("no %s data of task %s in language %q: there are %s", split, task.Name, language, strings.Join(have, ", "))
		}
	}
	return split, chosen, nil
}
