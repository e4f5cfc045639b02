package datasets

import (
	"fmt"
	"slices"
	"strings"
)

// ownTexts is the user's own classification data: files with named columns.
var ownTexts = Task{
	Name: "classification",
	Kind: Classification,

	layouts: slices.Concat(
		ownLayouts("tsv", examplesOf(headedTSV(splitCSV))),
		ownLayouts("csv", examplesOf(headedCSV)),
		ownLayouts("jsonl", examplesOf(jsonLines)),
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"id"},
		text:  []string{"text", "sentence", "sentence1", "premise", "text1"},
		pair:  []string{"pair", "sentence2", "hypothesis", "text2"},
		label: []string{"label", "category", "class", "gold_label"},
	},
}

// ownTags is the user's own tagging data: CoNLL columns (the word first, its tag last), or lists of words and tags.
var ownTags = Task{
	Name: "tagging",
	Kind: Tagging,

	layouts: slices.Concat(
		ownLayouts("conll", taggedSentences),
		ownLayouts("tsv", taggedSentences),
		ownLayouts("txt", taggedSentences),
		ownLayouts("jsonl", examplesOf(jsonLines)),
		parquetLayouts(""),
	),
	columns: columns{
		id:    []string{"id"},
		words: []string{"words", "tokens"},
		tags:  []string{"tags", "ner_tags", "pos_tags", "upos", "labels"},
	},
}

// ownLayouts are {split}-{lang}.{ending} and {lang}/{split}.{ending}. The language must be in the name.
func ownLayouts(ending string, read reader) []layout {
	return []layout{
		{
			name:    "{split}-{lang}." + ending,
			pattern: below(splitGroup + `[-.]` + langGroup + anyNote + `\.` + ending),
			read:    read,
		},
		folderLayout(`[a-z]{2,3}(?:[-_][A-Za-z0-9]+)*`, ending, read),
	}
}

// Open is Lookup; for the user's own data it collects the labels in dir, sorted: those of the training split, or of all
// splits without one.
func Open(name, dir string) (Task, error) {
	t, err := Lookup(name)
	if err != nil || t.Labels != nil || !t.HasLabels() {
		return t, err
	}
	all, err := t.sources(dir)
	if err != nil {
		return t, err
	}
	training := slices.DeleteFunc(slices.Clone(all), func(s source) bool { return s.split != "train" })
	if len(training) > 0 {
		all = training
	}
	examples, _, err := t.readAll(all)
	if err != nil {
		return t, err
	}
	seen := map[string]bool{}
	for _, e := range examples {
		t.Pair = t.Pair || e.Pair != ""
		for _, label := range append(e.Tags, e.Label) {
			if label != "" && !seen[label] {
				seen[label] = true
				t.Labels = append(t.Labels, label)
			}
		}
	}
	if len(t.Labels) == 0 {
		return t, fmt.Errorf("%s: no labels to train on: expected a column %s", all[0].path, strings.Join(append(t.columns.label, t.columns.tags...), " or "))
	}
	slices.Sort(t.Labels)
	return t, nil
}

// WithLabels returns the task with the labels of a trained head.
func (t Task) WithLabels(labels []string) Task {
	t.Labels = labels
	return t
}
