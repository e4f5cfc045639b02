package datasets

import (
	"regexp"
	"strconv"
	"strings"
)

// lm is plain text for language modelling: a document on each line of {split}.txt or {split}-{lang}.txt. TABs separate
// segments of a document, such as translations of a sentence. A file without a language is English.
var lm = Task{
	Name: "lm",
	Kind: LanguageModeling,

	layouts: []layout{{
		name:      "plain text {split}.txt",
		pattern:   regexp.MustCompile(`^(?P<split>train|dev|test)\.txt$`),
		languages: func(string) ([]string, error) { return []string{"en"}, nil },
		read:      documents,
	}, {
		name:    "plain text {split}-{lang}.txt",
		pattern: regexp.MustCompile(`^(?P<split>train|dev|test)-(?P<lang>[a-z]{2,3})\.txt$`),
		read:    documents,
	}},
}

// Segments are the parts of a document for language modelling.
func (x Example) Segments() []string { return strings.Split(x.Text, "\t") }

func documents(t Task, s source, diag *Diagnostics) ([]Example, error) {
	var examples []Example
	err := eachLine(s.path, diag, func(line int, text string) error {
		if strings.TrimSpace(text) == "" {
			diag.left(s.path, line, "empty line")
			return nil
		}
		examples = append(examples, Example{ID: strconv.Itoa(line), Text: text, File: s.path, Line: line})
		return nil
	})
	return examples, err
}
