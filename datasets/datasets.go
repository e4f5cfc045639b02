// Package datasets reads the labelled data of the study: one small file per data set says where its files lie and how a
// row becomes an [Example]. Labels are always names; a number in a file is turned into its name before it leaves this package.
package datasets

import (
	"fmt"
	"slices"
	"strings"
)

// Example is one labelled text (Text, and Pair for sentence pairs) or one tagged sentence (Words and Tags, of one length).
// Label is "" and Tags is nil where the file carries no labels, as in XTREME's public test files.
type Example struct {
	ID    string // the data set's own id, else the number of the example in its file, from 1
	Text  string // first text of a classification example
	Pair  string // second text; "" where the task has one text
	Words []string
	Tags  []string
	Label string

	File string // where the example was read
	Line int    // its first line there, from 1
}

// Kind says what a model predicts: one label for a text, or one tag for each word.
type Kind int

const (
	Classification Kind = iota
	Tagging
)

func (k Kind) String() string {
	switch k {
	case Classification:
		return "classification"
	case Tagging:
		return "tagging"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Task is a data set: its name, what is predicted, and the labels in the one order that heads and metrics use.
type Task struct {
	Name   string
	Kind   Kind
	Pair   bool     // classification of a pair of texts
	Labels []string // by name; a head's row k scores Labels[k]

	aliases []string // other names of its folder
	layouts []layout
}

// Tasks returns the known tasks in a fixed order.
func Tasks() []Task {
	return []Task{xnli, pawsx, udpos, panx}
}

// Lookup returns the task with the given name.
func Lookup(name string) (Task, error) {
	var known []string
	for _, t := range Tasks() {
		if t.Name == name {
			return t, nil
		}
		known = append(known, t.Name)
	}
	return Task{}, fmt.Errorf("unknown task %q: the tasks are %s", name, strings.Join(known, ", "))
}

// LabelIndex returns the position of a label in Labels, or -1.
func (t Task) LabelIndex(label string) int { return slices.Index(t.Labels, label) }
