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

// layout is one way in which a data set is published: which files belong to it, and how one is
// read.
type layout struct {
	name string // as messages show it

	// pattern matches the slash-separated path below the data folder. Its groups: split; lang,
	// unless languages is set; shard, if a split may be cut into several files.
	pattern *regexp.Regexp

	languages func(path string) ([]string, error) // of a file that holds several
	concat    bool                                // several files of one language are parts of one split (treebanks)
	withheld  func(path string) bool              // tells a file without its text; nil: none is
	read      reader
}

// reader reads the examples of one file.
type reader func(t Task, s source, diag *Diagnostics) ([]Example, error)

// source is one file, or one language of it, that a layout recognised.
type source struct {
	split  string // train, dev or test
	lang   string // as this project writes it
	config string // the language or treebank as the data set writes it
	path   string
	shard  bool // one of several files of the split
	layout int  // index in the task's layouts
}

// splitNames turns the names that publishers give a split into train, dev or test.
var splitNames = map[string]string{
	"train": "train", "translated_train": "train",
	"dev": "dev", "dev_2k": "dev", "val": "dev", "valid": "dev", "validation": "dev",
	"test": "test", "test_2k": "test",
}

func canonicalSplit(split string) (string, error) {
	if name, ok := splitNames[split]; ok {
		return name, nil
	}
	return "", fmt.Errorf("unknown split %q: the splits are train, dev, test", split)
}

// folder returns the folder of the task: a folder in dir named after it, else dir itself.
func (t Task) folder(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("data folder of task %s: %w", t.Name, err)
	}
	for _, name := range append([]string{t.Name}, t.aliases...) {
		for _, e := range entries {
			if strings.EqualFold(e.Name(), name) && isDir(dir, e) {
				return filepath.Join(dir, e.Name()), nil
			}
		}
	}
	return dir, nil
}

// isDir follows links: data folders are often links to a larger disk.
func isDir(dir string, e fs.DirEntry) bool {
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// sources finds every file of the task below dir, sorted by path.
func (t Task) sources(dir string) ([]source, error) {
	root, err := t.folder(dir)
	if err != nil {
		return nil, err
	}
	files, err := filesBelow(root, t.isAnother)
	if err != nil {
		return nil, fmt.Errorf("data folder of task %s: %w", t.Name, err)
	}
	var found []source
	for _, rel := range files {
		these, err := t.recognise(root, rel)
		if err != nil {
			return nil, err
		}
		found = append(found, these...)
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no data of task %s in %s: expected one of %s", t.Name, root, t.expected())
	}
	return found, nil
}

// isAnother says whether a folder is named after a task other than this one.
func (t Task) isAnother(folder string) bool {
	for _, other := range Tasks() {
		if other.Name != t.Name && other.hasName(folder) {
			return !t.hasName(folder)
		}
	}
	return false
}

func (t Task) hasName(folder string) bool {
	return slices.ContainsFunc(append([]string{t.Name}, t.aliases...), func(name string) bool { return strings.EqualFold(name, folder) })
}

// deepest is how many folders deep data is looked for.
const deepest = 10

// filesBelow lists the files below root, relative to it, with slashes, sorted; links are followed,
// but for those that lead back to a folder on the way. Folders that are hidden (.git) or that skip
// names are passed over.
func filesBelow(root string, skip func(folder string) bool) ([]string, error) {
	var files []string
	var walk func(below string, way []fs.FileInfo) error
	walk = func(below string, way []fs.FileInfo) error {
		here, err := os.Stat(filepath.Join(root, below))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(way, func(above fs.FileInfo) bool { return os.SameFile(above, here) }) {
			return nil
		}
		way = append(way, here)
		entries, err := os.ReadDir(filepath.Join(root, below))
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := filepath.Join(below, e.Name())
			switch {
			case !isDir(filepath.Join(root, below), e):
				files = append(files, filepath.ToSlash(name))
			case len(way) <= deepest && !strings.HasPrefix(e.Name(), ".") && !skip(e.Name()):
				if err := walk(name, way); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return files, walk("", nil)
}

// recognise returns the sources that a file is, by the first layout that knows it.
func (t Task) recognise(root, rel string) ([]source, error) {
	if slices.ContainsFunc(strings.Split(rel, "/"), func(folder string) bool { return slices.Contains(t.ignored, folder) }) {
		return nil, nil
	}
	for i, l := range t.layouts {
		m := l.pattern.FindStringSubmatch(rel)
		if m == nil {
			continue
		}
		group := func(name string) string {
			if k := l.pattern.SubexpIndex(name); k >= 0 {
				return m[k]
			}
			return ""
		}
		s := source{split: splitNames[group("split")], path: filepath.Join(root, filepath.FromSlash(rel)), shard: group("shard") != "", layout: i}
		configs := []string{group("lang")}
		if l.languages != nil {
			var err error
			if configs, err = l.languages(s.path); err != nil {
				return nil, err
			}
		}
		var found []source
		for _, config := range configs {
			lang, ok := Language(config)
			if !ok {
				continue
			}
			s.config, s.lang = config, lang
			found = append(found, s)
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// expected describes the task's layouts for a message.
func (t Task) expected() string {
	var names []string
	for _, l := range t.layouts {
		names = append(names, l.name)
	}
	return strings.Join(names, "; ")
}

// Languages returns the languages that dir has for a split (train, dev, test), sorted, English
// first. Those whose text the files withhold are not among them: see [Task.Withheld].
func (t Task) Languages(dir, split string) ([]string, error) {
	languages, withheld, err := t.languages(dir, split)
	if err == nil && len(languages) == 0 {
		return nil, fmt.Errorf("no %s split of task %s in %s with its text: every word of %s is %s", split, t.Name, dir, strings.Join(withheld, ", "), withheldWord)
	}
	return languages, err
}

// Withheld returns the languages that dir has for a split without their text, sorted.
func (t Task) Withheld(dir, split string) ([]string, error) {
	_, withheld, err := t.languages(dir, split)
	return withheld, err
}

func (t Task) languages(dir, split string) (with, withheld []string, err error) {
	if split, err = canonicalSplit(split); err != nil {
		return nil, nil, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range all {
		if s.split != split || slices.Contains(with, s.lang) {
			continue
		}
		if t.layouts[s.layout].withheld != nil && t.layouts[s.layout].withheld(s.path) {
			withheld = append(withheld, s.lang)
		} else {
			with = append(with, s.lang)
		}
	}
	withheld = slices.Compact(slices.Sorted(slices.Values(withheld)))
	withheld = slices.DeleteFunc(withheld, func(lang string) bool { return slices.Contains(with, lang) })
	if with == nil && withheld == nil {
		return nil, nil, fmt.Errorf("no %s split of task %s in %s: the folder has %s", split, t.Name, dir, summary(all))
	}
	slices.SortFunc(with, englishFirst)
	return with, withheld, nil
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

// summary names the splits and languages found, for messages: "train in en; dev in en, de".
func summary(all []source) string {
	var parts []string
	for _, split := range []string{"train", "dev", "test"} {
		var langs []string
		for _, s := range all {
			if s.split == split && !slices.Contains(langs, s.lang) {
				langs = append(langs, s.lang)
			}
		}
		if langs != nil {
			slices.SortFunc(langs, englishFirst)
			parts = append(parts, split+" in "+strings.Join(langs, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
