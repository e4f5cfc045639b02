package datasets

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// layout is one way in which a data set is published: which files belong to it, and how one is read.
type layout struct {
	name    string         // for messages
	pattern *regexp.Regexp // over the slash-separated path below the data folder, with the groups split and lang
	read    func(t Task, s source, rep *Report) ([]Example, error)
}

// source is one file that holds a split in a language.
type source struct {
	split, lang string
	path        string
	layout      layout
}

// splitNames turns the names that publishers give a split into train, dev or test.
var splitNames = map[string]string{
	"train": "train", "translated_train": "train",
	"dev": "dev", "dev_2k": "dev", "val": "dev", "valid": "dev", "validation": "dev",
	"test": "test", "test_2k": "test",
}

// xtremeTSV matches XTREME's {split}-{lang}.tsv; a note may stand before the ending (train-en.first100.tsv).
var xtremeTSV = regexp.MustCompile(`^(?P<split>train|dev|test|valid|validation)-(?P<lang>[A-Za-z]{2,3}(?:[-_][A-Za-z]+)*)(?:\.[^/]+)?\.tsv$`)

// folder returns the folder of the task: a folder in dir named after it, else dir itself.
func (t Task) folder(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("data folder of task %s: %w", t.Name, err)
	}
	names := append([]string{t.Name}, t.aliases...)
	for _, name := range names {
		for _, e := range entries {
			if e.IsDir() && strings.EqualFold(e.Name(), name) {
				return filepath.Join(dir, e.Name()), nil
			}
		}
	}
	return dir, nil
}

// sources finds every file below dir that one of the task's layouts recognises, sorted by path.
func (t Task) sources(dir string) ([]source, error) {
	root, err := t.folder(dir)
	if err != nil {
		return nil, err
	}
	var found []source
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, l := range t.layouts {
			if m := l.pattern.FindStringSubmatch(filepath.ToSlash(rel)); m != nil {
				found = append(found, source{
					split:  splitNames[m[l.pattern.SubexpIndex("split")]],
					lang:   m[l.pattern.SubexpIndex("lang")],
					path:   path,
					layout: l,
				})
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("data folder of task %s: %w", t.Name, err)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no data of task %s in %s: expected %s", t.Name, root, t.expected())
	}
	return found, nil
}

// expected describes the task's layouts for a message.
func (t Task) expected() string {
	var names []string
	for _, l := range t.layouts {
		names = append(names, l.name)
	}
	return strings.Join(names, ", or ")
}

// Languages returns the languages that dir has for a split (train, dev, test), sorted, English first.
func (t Task) Languages(dir, split string) ([]string, error) {
	split, err := canonicalSplit(split)
	if err != nil {
		return nil, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return nil, err
	}
	var langs []string
	for _, s := range all {
		if s.split == split && !slices.Contains(langs, s.lang) {
			langs = append(langs, s.lang)
		}
	}
	if len(langs) == 0 {
		return nil, fmt.Errorf("no %s split of task %s in %s: the folder has %s", split, t.Name, dir, summary(all))
	}
	slices.SortFunc(langs, englishFirst)
	return langs, nil
}

func englishFirst(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "en":
		return -1
	case b == "en":
		return 1
	}
	return strings.Compare(a, b)
}

func canonicalSplit(split string) (string, error) {
	if name, ok := splitNames[split]; ok {
		return name, nil
	}
	return "", fmt.Errorf("unknown split %q: the splits are train, dev, test", split)
}

// summary names the splits and languages found, for messages: "dev in de, en; train in en".
func summary(all []source) string {
	bySplit := map[string][]string{}
	for _, s := range all {
		if !slices.Contains(bySplit[s.split], s.lang) {
			bySplit[s.split] = append(bySplit[s.split], s.lang)
		}
	}
	var parts []string
	for _, split := range []string{"train", "dev", "test"} {
		if langs := bySplit[split]; langs != nil {
			slices.SortFunc(langs, englishFirst)
			parts = append(parts, split+" in "+strings.Join(langs, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
