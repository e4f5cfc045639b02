package study

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/regular"
	"xpt/internal/train"
)

// File is a parsed study file. Paths are relative to its folder.
type File struct {
	document
	lines map[string]int // of the keys' values

	Title       string
	Checkpoint  string // as the file names it
	Weights     string // folder of the checkpoint: where it is no path, but a name on the hub, the caller's to find
	Data        string
	Out         string
	Language    string
	Tasks       []string
	Methods     []string
	Pools       []string // of tagging tasks
	Seeds       []uint64
	TrialSeed   *uint64  // of the trials of a grid; nil: the first of the seeds
	Languages   []string // nil: all of a task
	EvalLimit   int      // examples that are evaluated of each language, drawn by the first seed; 0: all
	Split       string   // empty: test if the data has it, else dev
	Pretraining string   // auto, none, xglm, or a table's path
	Distances   Sentences
	Shots       Shots
	Keep        string // all or prompts
	settings    layers
}

// Sentences selects the parallel texts of representations.
type Sentences struct {
	Task      string // empty: the study's first parallel task; none: no comparison
	Sentences int    // per language
}

// The values of keep: whether to keep the weights of fine-tuned backbones of finished cells.
const (
	keepAll     = "all"
	keepPrompts = "prompts"
)

// Values of study files for something left out, and for the default.
const (
	none = "none"
	auto = "auto"
)

// largestFile limits the bytes of a study file.
const largestFile = 128 << 10

// defaultMethods are those of a file that names none.
var defaultMethods = []string{train.Full.Name, train.Prompt.Name, train.Prefix.Name, train.Head.Name}

// ReadFile reads a study file strictly: unknown keys, values of the wrong type and unknown names are errors with their line.
func ReadFile(path string) (*File, error) {
	text, err := regular.ReadText(path, largestFile)
	if err != nil {
		return nil, err
	}
	f := &File{document: document{path}, lines: map[string]int{}, Language: "en", Methods: slices.Clone(defaultMethods),
		Pools: []string{string(heads.Last)}, Seeds: []uint64{1}, Pretraining: auto, Distances: Sentences{Sentences: 200}, Keep: keepAll}
	root, err := f.parse(text)
	if err != nil {
		return nil, err
	}
	languages := auto
	if err := f.mapping(root, "a study", keys{
		"title":      f.into("title", &f.Title),
		"checkpoint": f.into("checkpoint", &f.Checkpoint),
		"data":       f.into("data", &f.Data),
		"out":        f.into("out", &f.Out),
		"language":   f.into("language", &f.Language),
		"tasks":      f.into("tasks", &f.Tasks),
		"methods":    f.into("methods", &f.Methods),
		"pools":      f.into("pools", &f.Pools),
		"seeds":      f.into("seeds", &f.Seeds),
		"split":      f.into("split", &f.Split),
		"trial-seed": func(node ast.Node) error {
			f.TrialSeed = new(uint64)
			return f.into("trial-seed", f.TrialSeed)(node)
		},
		"eval-limit":  f.into("eval-limit", &f.EvalLimit),
		"pretraining": f.into("pretraining", &f.Pretraining),
		"keep":        f.into("keep", &f.Keep),
		"languages": func(node ast.Node) error {
			if _, list := node.(ast.ArrayNode); list {
				return f.codes("languages", &f.Languages)(node)
			}
			return f.into("languages", &languages)(node)
		},
		"distances": func(node ast.Node) error {
			if _, m := node.(ast.MapNode); !m {
				return f.into("distances", &f.Distances.Task)(node)
			}
			f.lines["distances"] = line(node)
			return f.mapping(node, "distances", keys{
				"task":      f.into("task", &f.Distances.Task),
				"sentences": f.into("sentences", &f.Distances.Sentences),
			})
		},
		"shots":    f.shots,
		"settings": func(node ast.Node) error { return f.layers(node, "settings", &f.settings, true) },
	}); err != nil {
		return nil, err
	}
	if languages != auto && languages != "all" {
		return nil, f.fail(f.lines["languages"], "languages: expected all, or a list such as [en, de, sw]")
	}
	f.Weights = f.resolve(f.Checkpoint)
	return f, f.check()
}

// check refuses missing keys and unknown names.
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
	return cmp.Or(f.checkShots(), f.checkSettings())
}

// given is a list of the text, empty without one.
func given(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// resolve converts a path of the file to one relative to the working folder.
func (f *File) resolve(of string) string {
	if filepath.IsAbs(of) {
		return of
	}
	return filepath.Join(filepath.Dir(f.document.path), of)
}

// trialSeed is the seed of the trials of a grid.
func (f *File) trialSeed() uint64 {
	if f.TrialSeed != nil {
		return *f.TrialSeed
	}
	return f.Seeds[0]
}

// OutDir is the study's folder, relative to the working folder; empty without the key out.
func (f *File) OutDir() string {
	if f.Out == "" {
		return ""
	}
	return f.resolve(f.Out)
}
