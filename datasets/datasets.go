// Package datasets reads labelled data. Each data set has a source file that lists its layouts and columns, which map a
// row to an [Example]. Labels are always names: numbers in files are replaced by their names.
package datasets

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/usererror"
)

// Example is a labelled text (Text, and Pair for sentence pairs) or a tagged sentence (Words and Tags, of one length).
// Label is "" and Tags is nil in files without labels, such as XTREME's public test files.
type Example struct {
	ID    string // the data set's id, else the number of the example in its file, from 1
	Text  string // first text of a classification example
	Pair  string // second text; "" where the task has one text
	Words []string
	Tags  []string
	Label string

	// Choices of a multiple-choice example, whose Text is the premise, Pair the question, Label the index of the right choice.
	Choices []string

	File string // path of the example's file
	Line int    // of its first line, from 1
}

func (e Example) labelled() bool { return e.Label != "" || e.Tags != nil }

// Kind says what a model predicts: a label for a text, a tag for each word, the right one of several choices, or the next
// token of plain text.
type Kind int

const (
	Classification Kind = iota
	Tagging
	MultipleChoice
	LanguageModeling
)

func (k Kind) String() string {
	names := []string{"classification", "tagging", "multiple choice", "language modeling"}
	if k < 0 || int(k) >= len(names) {
		return fmt.Sprintf("Kind(%d)", int(k))
	}
	return names[k]
}

// Task is a data set: its name, kind, and labels in the order of heads and metrics.
type Task struct {
	Name     string
	Kind     Kind
	Pair     bool     // classification of a pair of texts
	Parallel bool     // the same ID is the same text in every language, at the same place of the file
	Labels   []string // row k of a head scores Labels[k]; nil for the user's own data before Open

	aliases   []string // other names of its folder
	ignored   []string // folders below it with other contents
	layouts   []layout // by priority: the first that has a split in a language is read
	columns   columns
	numbers   numbers
	spellings map[string]string // other spellings of labels
	replaced  map[string]string // labels that are not the task's, to the labels that replace them
}

// Tasks returns the known tasks in a fixed order.
func Tasks() []Task {
	return []Task{xnli, pawsx, udpos, panx, sib200, masakhaner, masakhapos, uner, xcopa, lm, ownTexts, ownTags}
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
	return Task{}, fmt.Errorf("unknown task %q: the tasks are %s (the last two for data of your own)", name, strings.Join(known, ", "))
}

// HasLabels tells whether examples have labels: plain text for language modelling has none.
func (t Task) HasLabels() bool { return t.Kind != LanguageModeling }

// TagsWords tells whether each word has a label, rather than the text.
func (t Task) TagsWords() bool { return t.Kind == Tagging }

// Trainable tells whether a method can train on the task. Multiple choice is only scored zero-shot.
func (t Task) Trainable() bool { return t.Kind != MultipleChoice }

// LabelIndex returns the position of a label in Labels, or -1.
func (t Task) LabelIndex(label string) int { return slices.Index(t.Labels, label) }

// Example makes an unlabelled example of the words of a sentence if the task tags words, else of a text or a pair. The
// user's own texts may be either.
func (t Task) Example(input []string) (Example, error) {
	if t.TagsWords() {
		return Example{Words: input}, CheckSentence(input)
	}
	least, most := 1, 1
	if t.Pair {
		least, most = 2, 2
	} else if t.Name == ownTexts.Name {
		most = 2
	}
	if len(input) < least || len(input) > most {
		return Example{}, usererror.Errorf("%d texts: task %s takes %d", len(input), t.Name, most)
	}
	x := Example{Text: input[0]}
	if len(input) == 2 {
		x.Pair = input[1]
	}
	return x, nil
}
