package transfer

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
)

// LeftOut names the languages that Choose leaves out of "all" because their files come without the
// text. It returns "" if there is none.
func LeftOut(task datasets.Task, dir, split string) (string, error) {
	withheld, err := task.Withheld(dir, split)
	if len(withheld) == 0 {
		return "", err
	}
	return fmt.Sprintf("%s data of task %s is left out in %s: its files come without their text",
		split, task.Name, strings.Join(withheld, ", ")), nil
}

// Choose returns the split and the languages to evaluate. An empty split is test if dir has one, and
// dev otherwise. list holds languages separated by commas; "all" or "" are all of the split.
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
			return "", nil, fmt.Errorf("no %s data of task %s in language %q: there are %s",
				split, task.Name, language, strings.Join(have, ", "))
		}
	}
	return split, chosen, nil
}
