// Package datasets reads the labelled data of the study: one small file per data set says where its
// files lie and how a row becomes an [Example]. Labels are always names; a number in a file is
// turned into its name before it leaves this package.
package datasets

import (
	"fmt"
	"slices"
	"strings"

	"xpt/internal/usererror"
)

// Example is one labelled text (Text, and Pair for sentence pairs) or one tagged sentence (Words
// and Tags, of one length). Label is "" and Tags is nil where the file carries no labels, as in
// XTREME's public test files.
type Example struct {
	ID    string // the data set's own id, else the number of the example in its file, from 1
	Text  string // first text of a classification example
	Pair  string // second text; "" where the task has one text
	Words []string
	Tags  []string
	Label string

	// Choices are those of a multiple-choice example: Text is the premise, Pair the question, Label the
	// index of the right one.
	Choices []string

	File string // where the example was read
	Line int    // its first line there, from 1
}

func (e Example) labelled() bool { return e.Label != "" || e.Tags != nil }

// Kind says what a model predicts: one label for a text, one tag for each word, which of the
// choices is right, or the next token of plain text.
type Kind int

const (
	Classification Kind = iota
	Tagging
	MultipleChoice
	LanguageModeling
)

func (k Kind) String() string {
	switch k {
	case Classification:
		return "classification"
	case Tagging:
		return "tagging"
	case MultipleChoice:
		return "multiple choice"
	case LanguageModeling:
		return "language modeling"
	}
	return fmt.Sprintf("Kind(%d)", int(k))
}

// Task is a data set: its name, what is predicted, and the labels in the one order that heads and
// metrics use.
type Task struct {
	Name     string
	Kind     Kind
	Pair     bool     // classification of a pair of texts
	Parallel bool     // the same ID is the same text in every language
	Labels   []string // row k of a head scores Labels[k]; nil for the user's own data until it is opened

	aliases   []string // other names of its folder
	ignored   []string // folders below it that hold something else
	layouts   []layout // the first that has a split in a language is read
	columns   columns
	numbers   numbers
	spellings map[string]string // other spellings of labels
	replaced  map[string]string // labels that the task lacks, and what they are read as
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
	return Task{}, fmt.Errorf("unknown task %q: the tasks are %s", name, strings.Join(known, ", "))
}

// HasLabels tells whether examples have labels: plain text for language modelling has none.
func (t Task) HasLabels() bool { return t.Kind != LanguageModeling }

// TagsWords tells whether each word has a label, rather than the text.
func (t Task) TagsWords() bool { return t.Kind == Tagging }

// Trainable tells whether something is trained for the task. For multiple choice the language model
// scores the choices as it is.
func (t Task) Trainable() bool { return t.Kind != MultipleChoice }

// LabelIndex returns the position of a label in Labels, or -1.
func (t Task) LabelIndex(label string) int { return slices.Index(t.Labels, label) }

// Example returns an example without labels: of the words of a sentence where the task tags words,
// else of a text or a pair. Whether the user's own texts come in pairs only the input tells.
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
