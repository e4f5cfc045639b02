package study

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"xpt/internal/settings"
	"xpt/training"
)

// mostTrials limits the points of a grid.
const mostTrials = 1000

// values reads a list of values of a numeric setting, and leaves the first of them set.
func values(list *ast.SequenceNode, field reflect.StructField, value reflect.Value) (texts []string, err error) {
	for _, node := range slices.Backward(list.Values) {
		if err := number(node, field, value); err != nil {
			return nil, err
		}
		texts = append(texts, fmt.Sprint(value.Interface()))
	}
	if texts == nil {
		return nil, errors.New("the list is empty")
	}
	slices.Reverse(texts)
	return texts, set[string]{}.fill("value", texts)
}

// grid has the points of a method's grid on a task, as [Cell.Trial] writes them: every combination of the values of the settings
// that are lists, the last setting's changing first; none without a choice. A single value, in a list or in place of one in a
// layer of higher priority, is no choice.
func (f *File) grid(task, method string) ([]string, error) {
	lists, at := map[string][]string{}, 0
	for _, l := range f.layersOf(task, method) {
		for name, line := range l.lines {
			lists[name] = nil
			if values := l.lists[name]; len(values) > 1 {
				lists[name], at = values, max(at, line)
			}
		}
	}
	points, defaults := []string{""}, training.Defaults()
	settings.Each(&defaults, func(field reflect.StructField, _ reflect.Value) {
		name := field.Tag.Get("flag")
		if lists[name] == nil || len(points) > mostTrials {
			return
		}
		var longer []string
		for _, point := range points {
			for _, value := range lists[name] {
				longer = append(longer, strings.TrimPrefix(point+","+name+"="+value, ","))
			}
		}
		points = longer
	})
	switch {
	case len(points) > mostTrials:
		return nil, f.fail(at, "%s with %s: its lists have more than %d combinations", task, method, mostTrials)
	case len(points) == 1:
		return nil, nil
	}
	return points, nil
}

// setPoint sets the options of the cell's point.
func (c Cell) setPoint(o *training.Options) (err error) {
	values := map[string]string{}
	for one := range strings.SplitSeq(c.Trial, ",") {
		name, value, _ := strings.Cut(one, "=")
		values[name] = value
	}
	settings.Each(o, func(field reflect.StructField, value reflect.Value) {
		if text, ok := values[field.Tag.Get("flag")]; ok && err == nil {
			err = settings.SetNumber(field, value, text)
		}
	})
	return err
}
