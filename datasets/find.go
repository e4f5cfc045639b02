package datasets

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// layout is a form in which a data set is published: the names of its files and their reader.
type layout struct {
	name string // in messages

	// pattern matches the slash-separated path below the data folder. Its groups: split; lang,
	// unless languages is set; shard, if a split may be cut into several files.
	pattern *regexp.Regexp

	languages func(path string) ([]string, error) // of a file with several languages
	concat    bool                                // a split is the concatenation of a language's files (treebanks)
	withheld  func(path string) bool              // tells a file without its text; nil: no file is
	read      reader
}

// reader reads the examples of one file.
type reader func(t Task, s source, diag *Diagnostics) ([]Example, error)

// source is a file, or one language of it, of a layout.
type source struct {
	split  string // train, dev or test
	lang   string // code
	config string // the data set's name of the language or treebank
	path   string
	shard  bool // one of several files of the split
	layout int  // index in the task's layouts
}

// splitNames maps the publishers' names of splits to train, dev and test.
var splitNames = map[string]string{
	"train": "train", "translated_train": "train", "translate-train": "train", "XNLI-Translated": "train", "translated": "train",
	"dev": "dev", "dev_2k": "dev", "val": "dev", "valid": "dev", "validation": "dev",
	"test": "test", "test_2k": "test",
}

func canonicalSplit(split string) (string, error) {
	if name, ok := splitNames[split]; ok {
		return name, nil
	}
	return "", fmt.Errorf("unknown split %q: the splits are train, dev, test", split)
}

// isDir tells whether e is a folder or a link to one.
func isDir(dir string, e fs.DirEntry) bool {
	info, err := os.Stat(filepath.Join(dir, e.Name()))
	return err == nil && info.IsDir()
}

// sources finds every file of the task below dir, sorted by path: those in folders named after the
// task, of several the ones that lie least deep, or, without one, those in no folder of another task.
func (t Task) sources(dir string) ([]source, error) {
	files, err := filesBelow(dir, t.isAnother)
	if err != nil {
		return nil, fmt.Errorf("data folder of task %s: %w", t.Name, err)
	}
	type place struct{ root, below string }
	places := map[int][]place{} // of files, by how deep the folder lies that is named after the task
	const loose = deepest + 1
	for _, rel := range files {
		_, root, below, ok := namedTask([]Task{t}, dir, rel)
		depth := loose
		if ok {
			depth = strings.Count(rel, "/") - strings.Count(below, "/")
		}
		places[depth] = append(places[depth], place{root, below})
	}
	for _, depth := range slices.Sorted(maps.Keys(places)) {
		var found []source
		for _, p := range places[depth] {
			these, err := t.recognise(p.root, p.below)
			if err != nil {
				return nil, err
			}
			found = append(found, these...)
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, fmt.Errorf("no data of task %s in %s: expected one of %s", t.Name, dir, t.expected())
}

// namedTask finds the deepest folder on the way to a file that is named after a task, dir itself
// included: root is that folder, dir where there is none, and below the file's path in it.
func namedTask(tasks []Task, dir, rel string) (t Task, root, below string, ok bool) {
	folders := strings.Split(path.Dir(rel), "/")
	for n := len(folders); n > 0; n-- {
		for _, t := range tasks {
			if t.hasName(folders[n-1]) {
				return t, filepath.Join(append([]string{dir}, folders[:n]...)...), strings.TrimPrefix(rel, path.Join(folders[:n]...)+"/"), true
			}
		}
	}
	if whole, err := filepath.Abs(dir); err == nil {
		for _, t := range tasks {
			if t.hasName(filepath.Base(whole)) {
				return t, dir, rel, true
			}
		}
	}
	return Task{}, dir, rel, false
}

// isAnother tells whether a folder is named after another task.
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

// filesBelow lists the files below root, relative to it, with slashes, sorted. Links are
// followed, but for those that lead in a circle. Folders that are hidden (.git) or that skip names are passed over.
func filesBelow(root string, skip func(folder string) bool) ([]string, error) {
	var files []string
	var walk func(below string, above []fs.FileInfo) error
	walk = func(below string, above []fs.FileInfo) error {
		info, err := os.Stat(filepath.Join(root, below))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(above, func(folder fs.FileInfo) bool { return os.SameFile(folder, info) }) {
			return nil
		}
		entries, err := os.ReadDir(filepath.Join(root, below))
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := filepath.Join(below, e.Name())
			switch {
			case !isDir(filepath.Join(root, below), e):
				files = append(files, filepath.ToSlash(name))
			case len(above) < deepest && !strings.HasPrefix(e.Name(), ".") && !skip(e.Name()):
				if err := walk(name, append(above, info)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return files, walk("", nil)
}

// recognise returns the sources of a file, by the first layout whose pattern it matches.
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

// Languages returns the languages of [Task.Split].
func (t Task) Languages(dir, split string) ([]string, error) {
	languages, _, err := t.Split(dir, split)
	return languages, err
}

// LeftOut is a language of a data folder that has nothing to score in a split.
type LeftOut struct {
	Language string `json:"language"`
	Why      string `json:"why"`
}

// Split returns what dir has to be scored in a split (train, dev, test), sorted, English first: the codes of
// languages, and where a language has several treebanks each of them, such as en_ewt and en_pud. left are the
// languages that dir has data of, but none that can be scored in the split, in the same order.
func (t Task) Split(dir, split string) (languages []string, left []LeftOut, err error) {
	if split, err = canonicalSplit(split); err != nil {
		return nil, nil, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return nil, nil, err
	}
	var withheld []string
	for _, lang := range codes(all, "") {
		rows := t.rows(all, split, lang)
		if languages = append(languages, rows...); rows != nil {
			continue
		}
		var splits []string
		for _, other := range splitOrder {
			if slices.Contains(codes(all, other), lang) {
				splits = append(splits, other)
			}
		}
		why := "has " + strings.Join(splits, ", ")
		if slices.Contains(splits, split) {
			why = "its files come without their text"
			withheld = append(withheld, lang)
		}
		left = append(left, LeftOut{lang, why})
	}
	switch {
	case languages != nil:
		return languages, left, nil
	case withheld != nil:
		return nil, nil, fmt.Errorf("no %s split of task %s in %s with its text: every word of %s is %s", split, t.Name, dir, strings.Join(withheld, ", "), withheldWord)
	}
	return nil, nil, fmt.Errorf("no %s split of task %s in %s: the folder has %s", split, t.Name, dir, summary(all))
}

var splitOrder = []string{"train", "dev", "test"}

// codes are the languages of a split, of all splits where it is empty.
func codes(all []source, split string) (codes []string) {
	for _, s := range all {
		if (split == "" || s.split == split) && !slices.Contains(codes, s.lang) {
			codes = append(codes, s.lang)
		}
	}
	slices.SortFunc(codes, englishFirst)
	return codes
}

// rows are a language's treebanks with their text where it has several, else its code; none where no file has its text.
func (t Task) rows(all []source, split, lang string) []string {
	files := t.withText(t.candidates(all, split, lang))
	if banks := treebanks(files); len(banks) > 1 {
		return banks
	}
	if len(files) == 0 {
		return nil
	}
	return []string{lang}
}

func (t Task) withText(files []source) (with []source) {
	for _, s := range files {
		if withheld := t.layouts[s.layout].withheld; withheld == nil || !withheld(s.path) {
			with = append(with, s)
		}
	}
	return with
}

// treebanks are those that the files are of, sorted.
func treebanks(files []source) (names []string) {
	for _, s := range files {
		if isTreebank(s.config) && !slices.Contains(names, s.config) {
			names = append(names, s.config)
		}
	}
	slices.Sort(names)
	return names
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
	for _, split := range splitOrder {
		if langs := codes(all, split); langs != nil {
			parts = append(parts, split+" in "+strings.Join(langs, ", "))
		}
	}
	return strings.Join(parts, "; ")
}
