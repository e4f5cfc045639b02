package train

import (
	"fmt"
	"slices"

	"xpt/datasets"
	"xpt/heads"
	"xpt/internal/usererror"
	"xpt/internal/zeroshot"
	"xpt/tokenize"
	"xpt/xglm"
)

// ignore is the target of a position that the loss leaves out, as PyTorch's
// ignore_index.
const ignore = -100

// Item is one row for the model: an example, or a piece of a tagged sentence
// that is longer than the limit.
type Item struct {
	Example int   // index of the example it comes from
	IDs     []int // in XGLM's layout, </s> first
	Read    []int // positions that the head reads, in order: the last, or one per word
	Targets []int // label of each, ignore where there is none
	Over    bool  // the example is longer than the limit: cut, or split

	// With labels by words an item has no IDs, and what it reads is one prediction:
	Answers [][]int // ids of the text of each label
	From    int     // the first id that the texts do not share, from which on they are scored
}

// targets counts the positions that the loss is over.
func (item Item) targets() (n int) {
	for _, t := range item.Targets {
		if t != ignore {
			n++
		}
	}
	return n
}

// Encoder turns examples into rows.
type Encoder struct {
	Tokenizer *tokenize.Tokenizer
	Task      datasets.Task
	Pool      heads.SubToken
	MaxLength int
	Words     zeroshot.Words // that stand for the labels; zero: a head scores them
}

// tokens are all ids of the item.
func (item Item) tokens() []int {
	if item.Answers == nil {
		return item.IDs
	}
	return slices.Concat(item.Answers...)
}

// labelled tells whether one of the items has a target.
func labelled(items []Item) bool {
	return slices.ContainsFunc(items, func(item Item) bool { return item.targets() > 0 })
}

// Items returns the rows of the examples, in order. A label that the task does
// not know is an error with its file and line.
func (e Encoder) Items(examples []datasets.Example) ([]Item, error) {
	var items []Item
	for i, x := range examples {
		rows, err := e.Rows(x, i)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", x.File, x.Line, err)
		}
		items = append(items, rows...)
	}
	return items, nil
}

// Rows returns the rows of one example, which is number i of several.
func (e Encoder) Rows(x datasets.Example, i int) (rows []Item, err error) {
	switch e.Task.Kind {
	case datasets.Tagging:
		rows, err = e.tagged(x)
	case datasets.LanguageModeling:
		rows = e.text(x)
	default:
		if e.byWords() {
			rows, err = e.worded(x)
			break
		}
		rows, err = e.classified(x)
	}
	for k := range rows {
		rows[k].Example = i
	}
	return rows, err
}

// target is the number of a label; a missing one is ignored.
func (e Encoder) target(label string) (int, error) {
	if label == "" {
		return ignore, nil
	}
	k := e.Task.LabelIndex(label)
	if k < 0 {
		return 0, fmt.Errorf("task %s has no label %q: it has %v", e.Task.Name, label, e.Task.Labels)
	}
	return k, nil
}

// classified is the row of a text or a pair.
func (e Encoder) classified(x datasets.Example) ([]Item, error) {
	var row tokenize.Encoded
	if x.Pair != "" { // an empty second text is none, as in HuggingFace's XGLMTokenizer
		row = e.Tokenizer.EncodePair(x.Text, x.Pair, e.MaxLength)
	} else {
		row = e.Tokenizer.EncodeText(x.Text, e.MaxLength)
	}
	target, err := e.target(x.Label)
	over := len(row.IDs) == e.MaxLength && e.length(x) > e.MaxLength
	return []Item{{IDs: row.IDs, Read: []int{heads.TextPosition(len(row.IDs))}, Targets: []int{target}, Over: over}}, err
}

// length is how many tokens a text or pair has without a limit.
func (e Encoder) length(x datasets.Example) int {
	if x.Pair != "" {
		return len(e.Tokenizer.EncodePair(x.Text, x.Pair, 0).IDs)
	}
	return len(e.Tokenizer.EncodeText(x.Text, 0).IDs)
}

// tagged reads one sub-token of each word. A sentence over the limit is split
// between words; a single word over it is cut. One over xglm.MaxTokens is an
// error. A word without sub-tokens is predicted, and not trained on.
func (e Encoder) tagged(x datasets.Example) ([]Item, error) {
	row := e.Tokenizer.EncodeWords(x.Words)
	if n := len(row.IDs); n > xglm.MaxTokens {
		return nil, usererror.Errorf("a sentence of %d tokens: it may have %d, part it", n, xglm.MaxTokens)
	}
	counts := row.WordCounts(len(x.Words))
	var items []Item
	start, token := 0, 1 // the piece's first word, and its first token behind </s>
	for start < len(x.Words) {
		end, next, size := start, token, 1
		for end < len(x.Words) && (end == start || size+counts[end] <= e.MaxLength) {
			size += counts[end]
			next += counts[end]
			end++
		}
		size = min(size, e.MaxLength)
		ids := append([]int{row.IDs[0]}, row.IDs[token:token+size-1]...)
		words := []int{-1}
		for _, w := range row.Words[token : token+size-1] {
			words = append(words, w-start)
		}
		item := Item{IDs: ids, Read: e.Pool.WordPositions(words, end-start), Targets: make([]int, end-start), Over: len(row.IDs) > e.MaxLength}
		for i := range item.Targets {
			item.Targets[i] = ignore
			if x.Tags == nil || counts[start+i] == 0 {
				continue
			}
			var err error
			if item.Targets[i], err = e.target(x.Tags[start+i]); err != nil {
				return nil, err
			}
		}
		items = append(items, item)
		start, token = end, next
	}
	return items, nil
}

// text is a document for language modelling: every token predicts the next.
// Texts side by side each start with </s>, which also ends the document, as in
// XGLM's pre-training data. A document over the limit is split.
func (e Encoder) text(x datasets.Example) []Item {
	var ids []int
	for _, segment := range x.Segments() {
		ids = append(ids, e.Tokenizer.EncodeText(segment, 0).IDs...)
	}
	ids = append(ids, tokenize.EOS)
	var items []Item
	for len(ids) > 1 {
		n := min(e.MaxLength, len(ids)-1)
		items = append(items, Item{IDs: ids[:n], Targets: ids[1 : n+1], Read: heads.AllPositions(n)})
		ids = ids[n:]
	}
	return items
}

// over lists where the examples stand that are longer than the limit.
func over(items []Item, examples []datasets.Example) (places []string) {
	last := -1
	for _, item := range items {
		if item.Over && item.Example != last {
			x := examples[item.Example]
			places, last = append(places, fmt.Sprintf("%s:%d", x.File, x.Line)), item.Example
		}
	}
	return places
}

// Labels gives the predicted label names of each example: one, or one per
// word, the pieces of a split sentence joined again.
func (e Encoder) Labels(items []Item, predicted [][]int, examples int) [][]string {
	out := make([][]string, examples)
	for i, item := range items {
		for _, k := range predicted[i] {
			out[item.Example] = append(out[item.Example], e.Task.Labels[k])
		}
	}
	return out
}
