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
	given training.Options    // only the settings in lines are set, of those in lists to the first value
	lists map[string][]string // values to choose among, by setting
	lines map[string]int      // lines in the file, by setting
	line  int                 // line of the group
}

// layers are the settings of a study, by increasing priority: for all cells, a method, a task, and a method on a task.
type layers struct {
	all     layer
	methods map[string]layer
	tasks   map[string]layers
}

// ofStudy maps settings that come from the study's own keys to these keys.
var ofStudy = map[string]string{
	"checkpoint": "checkpoint", "task": "tasks", "method": "methods", "data": "data", "language": "language", "pool": "pools", "seed": "seeds",
}

// layers reads settings with those of methods, and for a whole study those of tasks.
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

// settings reads a mapping of xpt train's flags and further keys.
func (d document) settings(node ast.Node, of string, l *layer, further keys) error {
	l.lines, l.lists, l.line = map[string]int{}, map[string][]string{}, line(node)
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
			if name == "from" {
				return d.fail(line(node), "%s: the cells of a study start from its checkpoint, and from no run", of)
			}
			l.lines[name] = line(node)
			err := error(nil)
			if list, ok := node.(*ast.SequenceNode); ok && settings.IsNumber(field) && name != "shots" { // which no dev score may choose
				l.lists[name], err = values(list, field, value)
			} else if ok || !settings.IsNumber(field) {
				err = decode(node, value.Addr().Interface())
			} else {
				err = number(node, field, value)
			}
			if err != nil {
				return d.fail(line(node), "%s: %v", name, err)
			}
			return nil
		}
	})
	return d.mapping(node, of, take)
}

// number reads a node into a numeric setting.
func number(node ast.Node, field reflect.StructField, value reflect.Value) error {
	text := node.String()
	if err := settings.SetNumber(field, value, text); err != nil {
		return fmt.Errorf("%w, not %s", err, strings.Join(strings.Fields(text), " "))
	}
	return nil
}

// options are a cell's resolved options; settings that are lists have the values of its point of the grid. An error names its
// line in the file.
func (f *File) options(c Cell) (training.Options, error) {
	o := training.Options{Checkpoint: f.Weights, Data: f.resolve(f.Data), Language: f.Language,
		Task: c.Task, Method: c.Method, Pool: c.Pool, Seed: c.Seed}
	lines := map[string]int{}
	for name, key := range ofStudy {
		lines[name] = f.lines[key]
	}
	if c.Pool == "" {
		delete(lines, "pool")
	}
	for _, l := range f.layersOf(c.Task, c.Method) {
		settings.Overlay(&o, &l.given, func(name string) bool { _, ok := l.lines[name]; return ok })
		maps.Copy(lines, l.lines)
	}
	if err := c.setPoint(&o); err != nil {
		return o, err
	}
	if c.Shots > 0 {
		f.Shots.set(c, &o, lines)
	}
	resolved, err := train.Chosen(o, func(name string) bool { _, ok := lines[name]; return ok })
	if err != nil {
		return o, f.blame(c, err, lines)
	}
	return resolved, nil
}

// layersOf are the layers of settings of a method on a task, by increasing priority.
func (f *File) layersOf(name, method string) []layer {
	return f.settings.of(name, method)
}

func (l layers) of(name, method string) []layer {
	task := l.tasks[name]
	return []layer{l.all, l.methods[method], task.all, task.methods[method]}
}

var flagName = regexp.MustCompile(`--([a-z][a-z-]*)`)

// blame adds the line of the first setting that a message names; settings of ofStudy come last.
func (f *File) blame(c Cell, err error, lines map[string]int) error {
	text := flagName.ReplaceAllString(err.Error(), "$1")
	named := flagName.FindAllStringSubmatch(err.Error(), -1)
	slices.SortStableFunc(named, func(a, b []string) int { return min(len(ofStudy[a[1]]), 1) - min(len(ofStudy[b[1]]), 1) })
	for _, m := range named {
		if at := lines[m[1]]; at > 0 {
			return f.fail(at, "%s with %s: %s", c.Task, c.Method, text)
		}
	}
	return fmt.Errorf("%s: %s with %s: %s", f.document.path, c.Task, c.Method, text)
}

// checkSettings refuses settings of a task or a method that is not in the study.
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

// trains tells whether the study trains on the task.
func (f *File) trains(task string) bool {
	t, err := datasets.Lookup(task)
	trained := func(method string) bool { return method != Likelihood }
	return err == nil && t.Trainable() && slices.ContainsFunc(f.Methods, trained)
}

func (f *File) checkMethods(methods map[string]layer) error {
	for _, method := range slices.Sorted(maps.Keys(methods)) {
		if !slices.Contains(f.Methods, method) {
			return f.fail(methods[method].line, "settings of method %s: it is none of the study's methods, %s", method, strings.Join(f.Methods, ", "))
		}
	}
	return nil
}

// oneOf refuses unknown and repeated words in a list.
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
