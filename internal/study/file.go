package study

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/regular"
	"xpt/internal/train"
)

// File is a study file as it is written, paths relative to its folder. Its
// keys are those that ReadFile lists.
type File struct {
	document
	lines map[string]int // of each key's value

	Title       string
	Checkpoint  string
	Data        string
	Out         string
	Language    string
	Tasks       []string
	Methods     []string
	Pools       []string // of tagging tasks
	Seeds       []uint64
	Languages   []string // nil: all that a task has
	EvalLimit   int      // examples that are evaluated of each language, drawn by the first seed; 0: all
	Split       string   // empty: test where the data has one
	Pretraining string   // auto, none, xglm, or a table's path
	Distances   Sentences
	Keep        string // all or prompts
	settings    layers
}

// Sentences says which parallel texts representations are compared on.
type Sentences struct {
	Task      string // empty: the first of the study's that is parallel; none: no comparison
	Sentences int    // per language
}

// The values of keep: whether the weights of fine-tuned backbones stay once
// the cell is done.
const (
	keepAll     = "all"
	keepPrompts = "prompts"
)

// none is what a study file says where something is to be left out, and auto
// where it is to be found.
const (
	none = "none"
	auto = "auto"
)

// largestFile is how many bytes a study file may have.
const largestFile = 128 << 10

// ReadFile reads a study file strictly: an unknown key, a value of the wrong
// kind and a name that does not exist are errors with their line.
func ReadFile(path string) (*File, error) {
	text, err := regular.ReadText(path, largestFile)
	if err != nil {
		return nil, err
	}
	f := &File{document: document{path}, lines: map[string]int{}, Language: "en", Pools: []string{string(heads.Last)}, Seeds: []uint64{1},
		Pretraining: auto, Distances: Sentences{Sentences: 200}, Keep: keepAll,
		Methods: train.Methods()}
	root, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	languages := auto
	if err := f.mapping(root, "a study", keys{
		"title":       into(f.document, "title", &f.Title, f.lines),
		"checkpoint":  into(f.document, "checkpoint", &f.Checkpoint, f.lines),
		"data":        into(f.document, "data", &f.Data, f.lines),
		"out":         into(f.document, "out", &f.Out, f.lines),
		"language":    into(f.document, "language", &f.Language, f.lines),
		"tasks":       into(f.document, "tasks", &f.Tasks, f.lines),
		"methods":     into(f.document, "methods", &f.Methods, f.lines),
		"pools":       into(f.document, "pools", &f.Pools, f.lines),
		"seeds":       into(f.document, "seeds", &f.Seeds, f.lines),
		"split":       into(f.document, "split", &f.Split, f.lines),
		"eval-limit":  into(f.document, "eval-limit", &f.EvalLimit, f.lines),
		"pretraining": into(f.document, "pretraining", &f.Pretraining, f.lines),
		"keep":        into(f.document, "keep", &f.Keep, f.lines),
		"languages": func(node ast.Node) error {
			if _, list := node.(ast.ArrayNode); list {
				return into(f.document, "languages", &f.Languages, f.lines)(node)
			}
			return into(f.document, "languages", &languages, f.lines)(node)
		},
		"distances": func(node ast.Node) error {
			if _, m := node.(ast.MapNode); !m {
				return into(f.document, "distances", &f.Distances.Task, f.lines)(node)
			}
			f.lines["distances"] = line(node)
			return f.mapping(node, "distances", keys{
				"task":      into(f.document, "task", &f.Distances.Task, f.lines),
				"sentences": into(f.document, "sentences", &f.Distances.Sentences, f.lines),
			})
		},
		"settings": func(node ast.Node) error { return f.layers(node, "settings", &f.settings, true) },
	}); err != nil {
		return nil, err
	}
	if languages != auto && languages != "all" {
		return nil, f.fail(f.lines["languages"], "languages: expected all, or a list such as [en, de, sw]")
	}
	return f, f.check()
}

// check refuses what is missing or unknown.
func (f *File) check() error {
	var tasks []string
	for _, t := range datasets.Tasks() {
		if t.HasLabels() {
			tasks = append(tasks, t.Name)
		}
	}
	for key, missing := range map[string]bool{"checkpoint": f.Checkpoint == "", "data": f.Data == "", "tasks": len(f.Tasks) == 0} {
		if missing {
			return fmt.Errorf("%s: the key %s is missing", f.document.path, key)
		}
	}
	for key, empty := range map[string]bool{"methods": len(f.Methods) == 0, "pools": len(f.Pools) == 0, "seeds": len(f.Seeds) == 0,
		"languages": f.Languages != nil && len(f.Languages) == 0} {
		if empty {
			return f.fail(f.lines[key], "%s: the list is empty", key)
		}
	}
	for i, seed := range f.Seeds {
		if slices.Contains(f.Seeds[:i], seed) {
			return f.fail(f.lines["seeds"], "seeds: %d is there twice", seed)
		}
	}
	for _, list := range []struct {
		key         string
		list, known []string
	}{
		{"tasks", f.Tasks, tasks}, {"methods", f.Methods, append(train.Methods(), Likelihood)},
		{"pools", f.Pools, []string{string(heads.Last), string(heads.First)}}, {"keep", []string{f.Keep}, []string{keepAll, keepPrompts}},
		{"languages", f.Languages, f.Languages}, {"split", given(f.Split), []string{"dev", "test"}},
	} {
		if err := f.oneOf(list.key, list.list, list.known); err != nil {
			return err
		}
	}
	if f.EvalLimit < 0 {
		return f.fail(f.lines["eval-limit"], "eval-limit: %d examples: 0 is all", f.EvalLimit)
	}
	if f.Distances.Sentences < 1 {
		return f.fail(f.lines["sentences"], "distances: %d sentences: at least 1 is wanted", f.Distances.Sentences)
	}
	return f.checkSettings()
}

// given is a list of a text that may not be there.
func given(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// resolve gives a path of the file as seen from the working folder.
func (f *File) resolve(of string) string {
	if filepath.IsAbs(of) {
		return of
	}
	return filepath.Join(filepath.Dir(f.document.path), of)
}

// OutDir is the study's folder, as seen from the working folder; empty where
// the file names none.
func (f *File) OutDir() string {
	if f.Out == "" {
		return ""
	}
	return f.resolve(f.Out)
}
