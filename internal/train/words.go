package train

import (
	"fmt"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/zeroshot"
	"xpt/libtorch"
	"xpt/training"
	"xpt/xglm"
)

// Labels by words: instead of a head, the LM head scores the texts that a template of package zeroshot makes of an example and
// each label. A label's logit is the summed log-probability of its text's tokens from the first on at which the labels' texts
// differ; what stands before is the same for all labels, so that the softmax over the labels is that of whole texts. The loss is
// the cross-entropy of these logits. Words are those of the first trained language, in every language.

// wordsOf are the words of a run's labels; zero where a head scores them.
func wordsOf(o training.Options) (zeroshot.Words, error) {
	if !o.LabelsByWords {
		return zeroshot.Words{}, nil
	}
	language := o.Languages()[0]
	words, err := zeroshot.Lookup(language)
	if err != nil {
		err = fmt.Errorf("--labels-by-words: there are no label words for language %q: train on another", language)
	}
	return words, err
}

// checkWords refuses labels by words for what has no template.
func checkWords(o training.Options, m Method, task datasets.Task) error {
	switch {
	case !o.LabelsByWords:
		return nil
	case !slices.Contains(zeroshot.Tasks, task.Name):
		return fmt.Errorf("--labels-by-words: task %s has no template: use it with %s", task.Name, strings.Join(zeroshot.Trainable(), " or "))
	case m.Name == Head.Name:
		return fmt.Errorf("--labels-by-words has no head, and --method %s trains nothing else", m.Name)
	}
	_, err := wordsOf(o)
	return err
}

// byWords tells whether labels are scored by their words.
func (e Encoder) byWords() bool { return e.Words != zeroshot.Words{} }

// worded has the text of each label. Ones over the limit lose the beginning that they share, as far as it goes, and then their ends.
func (e Encoder) worded(x datasets.Example) ([]Item, error) {
	texts, _, err := zeroshot.Texts(e.Task, e.Words, x)
	if err != nil {
		return nil, err
	}
	target, err := e.target(x.Label)
	item := Item{Read: []int{0}, Targets: []int{target}}
	longest := 0
	for _, text := range texts {
		ids := e.Tokenizer.EncodeText(text.Scored, 0).IDs
		item.Answers, longest = append(item.Answers, ids), max(longest, len(ids))
	}
	item.From = commonLength(item.Answers)
	if item.Over = longest > e.MaxLength; item.Over {
		cut := min(longest-e.MaxLength, item.From-1) // </s> stays
		for k, ids := range item.Answers {
			short := slices.Concat(ids[:1], ids[1+cut:])
			item.Answers[k] = short[:min(len(short), e.MaxLength)]
		}
		item.From -= cut
	}
	return []Item{item}, err
}

// commonLength is how many ids all rows begin with.
func commonLength(rows [][]int) int {
	n := len(rows[0])
	for _, row := range rows[1:] {
		n = min(n, len(row))
		for k := range n {
			if row[k] != rows[0][k] {
				n = k
				break
			}
		}
	}
	return n
}

// wordLogits are the logits [n, C] of n items from the hidden states [R, d] before the tokens that are scored.
func wordLogits(s *libtorch.Scope, m *xglm.Model, hidden *libtorch.Tensor, items []Item) *libtorch.Tensor {
	var targets []int
	longest, texts := 0, 0
	for _, item := range items {
		for _, ids := range item.Answers {
			targets = append(targets, ids[item.From:]...)
			longest, texts = max(longest, len(ids)-item.From), texts+1
		}
	}
	index := make([]int, 0, texts*longest) // of each text's tokens among the scored, padded with the zero behind them
	next := 0
	for _, item := range items {
		for _, ids := range item.Answers {
			for k := range longest {
				if k < len(ids)-item.From {
					index = append(index, next)
					next++
				} else {
					index = append(index, len(targets))
				}
			}
		}
	}
	logProbs := s.Cat(0, m.TargetLogProbs(s, hidden, targets), s.Zeros(libtorch.Float32, 1))
	padded := s.Reshape(s.IndexSelect(logProbs, 0, s.Ints(index)), texts, longest)
	ones := s.Floats(slices.Repeat([]float32{1}, longest), longest, 1)
	return s.Reshape(s.Matmul(padded, ones), len(items), -1)
}
