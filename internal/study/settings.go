package study

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"xpt/datasets"
	"xpt/internal/settings"
	"xpt/internal/train"
	"xpt/training"
)

// layer is a group of settings of xpt train, by the names of its flags.
type layer struct {
	given training.Options // only what lines has
	lines map[string]int   // in the file, of each setting
	line  int              // in the file
}

// layers are the settings of a study: those for all cells, above them those of
// a method, of a task, and of a method on a task.
type layers struct {
	all     layer
	methods map[string]layer
	tasks   map[string]layers
}

// ofStudy are settings that the study gives each cell itself, and the key that
// they come from.
var ofStudy = map[string]string{"checkpoint": "checkpoint", "task": "tasks", "method": "methods", "data": "data", "language": "language", "pool": "pools", "seed": "seeds"}

// layers reads settings, with those of methods, and of a whole study those of
// tasks.
func (d document) layers(node ast.Node, of string, l *layers, whole bool) error {
	further := keys{
		"methods": func(node ast.Node) error {
			l.methods = map[string]layer{}
			take := keys{}
			for _, method := range train.Methods() {
				take[method] = func(node ast.Node) error {
					var own layer
					err := d.settings(node, of+" of "+method, &own, nil)
					l.methods[method] = own
					return err
				}
			}
			return d.mapping(node, "methods", take)
		},
	}
	if whole {
		further["tasks"] = func(node ast.Node) error {
			l.tasks = map[string]layers{}
			take := keys{}
			for _, task := range datasets.Tasks() {
				take[task.Name] = func(node ast.Node) error {
					var own layers
					err := d.layers(node, of+" of "+task.Name, &own, false)
					l.tasks[task.Name] = own
					return err
				}
			}
			return d.mapping(node, "tasks", take)
		}
	}
	return d.settings(node, of, &l.all, further)
}

// settings reads a mapping of xpt train's flags, with further keys beside them.
func (d document) settings(node ast.Node, of string, l *layer, further keys) error {
	l.lines, l.line = map[string]int{}, line(node)
	take := maps.Clone(further)
	if take == nil {
		take = keys{}
	}
	settings.Each(&l.given, func(field reflect.StructField, value reflect.Value) {
		name := field.Tag.Get("flag")
		take[name] = func(node ast.Node) error {
			if key, ok := ofStudy[name]; ok {
				return d.fail(line(node), "%s: %s is set by the study's own key %s", of, name, key)
			}
			l.lines[name] = line(node)
			err := error(nil)
			if text := node.String(); !settings.IsNumber(field) {
				err = decode(node, value.Addr().Interface())
			} else if err = settings.SetNumber(field, value, text); err != nil {
				err = fmt.Errorf("%w, not %s", err, strings.Join(strings.Fields(text), " "))
			}
			if err != nil {
				return d.fail(line(node), "%s: %v", name, err)
			}
			return nil
		}
	})
	return d.mapping(node, of, take)
}

// options are a cell's, resolved. An error names the file's line that it comes
// from, where one does.
func (f *File) options(c Cell) (training.Options, error) {
	o := training.Options{Checkpoint: f.resolve(f.Checkpoint), Task: c.Task, Method: c.Method, Data: f.resolve(f.Data), Language: f.Language, Pool: c.Pool, Seed: c.Seed}
	lines := map[string]int{}
	for name, key := range ofStudy {
		lines[name] = f.lines[key]
	}
	if c.Pool == "" {
		delete(lines, "pool")
	}
	task := f.settings.tasks[c.Task]
	for _, l := range []layer{f.settings.all, f.settings.methods[c.Method], task.all, task.methods[c.Method]} {
		settings.Overlay(&o, &l.given, func(name string) bool { _, ok := l.lines[name]; return ok })
		maps.Copy(lines, l.lines)
	}
	resolved, err := train.Chosen(o, func(name string) bool { _, ok := lines[name]; return ok })
	if err != nil {
		return o, f.blame(c, err, lines)
	}
	return resolved, nil
}

var flagName = regexp.MustCompile(`--([a-z][a-z-]*)`)

// blame puts the line of the first of the settings that a message is about
// before it.
func (f *File) blame(c Cell, err error, lines map[string]int) error {
	text := flagName.ReplaceAllString(err.Error(), "$1")
	for _, m := range flagName.FindAllStringSubmatch(err.Error(), -1) {
		if at := lines[m[1]]; at > 0 && ofStudy[m[1]] == "" {
			return f.fail(at, "%s with %s: %s", c.Task, c.Method, text)
		}
	}
	for _, m := range flagName.FindAllStringSubmatch(err.Error(), -1) {
		if at := lines[m[1]]; at > 0 {
			return f.fail(at, "%s with %s: %s", c.Task, c.Method, text)
		}
	}
	return fmt.Errorf("%s: %s with %s: %s", f.document.path, c.Task, c.Method, text)
}

// checkSettings refuses settings of a task or a method that the study has not.
func (f *File) checkSettings() error {
	for _, task := range slices.Sorted(maps.Keys(f.settings.tasks)) {
		own := f.settings.tasks[task]
		if !slices.Contains(f.Tasks, task) {
			return f.fail(own.all.line, "settings of task %s: it is none of the study's tasks, %s", task, strings.Join(f.Tasks, ", "))
		}
		if !f.trains(task) {
			return f.fail(own.all.line, "settings of task %s: the study trains nothing on it", task)
		}
		if err := f.checkMethods(own.methods); err != nil {
			return err
		}
	}
	return f.checkMethods(f.settings.methods)
}

// trains tells whether a cell of the task is trained.
func (f *File) trains(task string) bool {
	t, err := datasets.Lookup(task)
	return err == nil && t.Trainable() && slices.ContainsFunc(f.Methods, func(method string) bool { return method != Likelihood })
}

func (f *File) checkMethods(methods map[string]layer) error {
	for _, method := range slices.Sorted(maps.Keys(methods)) {
		if !slices.Contains(f.Methods, method) {
			return f.fail(methods[method].line, "settings of method %s: it is none of the study's methods, %s", method, strings.Join(f.Methods, ", "))
		}
	}
	return nil
}

// oneOf is a list without repeats, all of whose words are known.
func (f *File) oneOf(key string, list, known []string) error {
	for i, word := range list {
		if !slices.Contains(known, word) {
			return f.fail(f.lines[key], "%s: unknown %q: use %s", key, word, strings.Join(known, ", "))
		}
		if slices.Contains(list[:i], word) {
			return f.fail(f.lines[key], "%s: %s is there twice", key, word)
		}
	}
	return nil
}
