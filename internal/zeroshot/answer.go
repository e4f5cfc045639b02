package zeroshot

import (
	"context"

	"xpt/datasets"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// Answer classifies examples of one language, whose words are w. past holds past
// key values that go before each text, nil for none. Answer returns for each
// example the label whose text has the largest sum of log-probabilities, and the
// accuracies by that sum and by the sum per character. report, unless nil, is
// called with the number of examples done.
func Answer(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past, t *tokenize.Tokenizer,
	task datasets.Task, w Words, examples []datasets.Example, report func(done int),
) (labels []string, count *Count, err error) {
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

// encode returns a text's ids as lm-eval does, and the index of the first that is
// scored. </s> replaces an empty context; a context that is not empty has none.
func encode(t *tokenize.Tokenizer, text Text) (ids []int, from int) {
	if text.Context == "" {
		return t.EncodeText(text.Scored, 0).IDs, 1
	}
	return t.AppendIDs(nil, text.Context+text.Scored), max(1, len(t.AppendIDs(nil, text.Context)))
}
