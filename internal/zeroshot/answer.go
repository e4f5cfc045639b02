package zeroshot

import (
	"context"

	"xpt/datasets"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// Answer lets the model, behind past (nil: none), answer examples of the task
// with the words of their language. It returns for each the label whose text
// is the likeliest by the sum of log-probabilities, and how often that, and
// the likeliest per character, is right. report, which may be nil, hears how
// many examples are done.
func Answer(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past, t *tokenize.Tokenizer, task datasets.Task, w Words,
	examples []datasets.Example, report func(done int)) (labels []string, count *Count, err error) {
	var rows [][]int
	var from []int
	var texts [][]Text
	var gold []int
	tokens := 0
	for _, x := range examples {
		answers, right, err := Texts(task, w, x)
		if err != nil {
			return nil, nil, usererror.Of(err)
		}
		if right < 0 {
			return nil, nil, usererror.Errorf("%s:%d: the example has no label to count by", x.File, x.Line)
		}
		for _, text := range answers {
			ids, first := encode(t, text)
			if len(ids) > xglm.MaxTokens {
				return nil, nil, usererror.Errorf("%s:%d: %d tokens: a row has at most %d: cut it", x.File, x.Line, len(ids), xglm.MaxTokens)
			}
			rows, from = append(rows, ids), append(from, first)
			tokens += len(ids)
		}
		texts, gold = append(texts, answers), append(gold, right)
	}
	if err := m.Prepare(tokens, false); err != nil {
		return nil, nil, err
	}
	count = &Count{}
	var sums []float64
	err = m.ScoreEach(ctx, s, rows, from, past, func(_ int, logProbs []float32) error {
		sum := 0.0
		for _, p := range logProbs {
			sum += float64(p)
		}
		if sums = append(sums, sum); len(sums) == len(texts[count.Examples]) {
			count.Add(texts[count.Examples], sums, gold[count.Examples])
			labels = append(labels, task.Labels[best(sums)])
			sums = nil
			if report != nil {
				report(count.Examples)
			}
		}
		return nil
	})
	return labels, count, err
}

// encode gives a text's ids as lm-eval does, and the first that is scored:
// </s> stands for an empty context, a context of its own goes without it.
func encode(t *tokenize.Tokenizer, text Text) (ids []int, from int) {
	if text.Context == "" {
		return t.EncodeText(text.Scored, 0).IDs, 1
	}
	return t.AppendIDs(nil, text.Context+text.Scored), max(1, len(t.AppendIDs(nil, text.Context)))
}
