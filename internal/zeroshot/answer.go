package zeroshot

import (
	"context"
	"slices"

	"xpt/datasets"
	"xpt/internal/usererror"
	"xpt/libtorch"
	"xpt/tokenize"
	"xpt/xglm"
)

// Answer classifies examples of one language, whose words are w. past holds past
// key values that go before each text, nil for none. Answer returns for each
// example the label whose text has the largest sum of log-probabilities, and the
// accuracies by that sum, by the sum per character and, unless calibration is empty, by the calibrated sum. report, unless
// nil, is called with the number of examples done.
func Answer(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past, t *tokenize.Tokenizer,
	task datasets.Task, w Words, examples []datasets.Example, calibration string, report func(done int),
) (labels []string, count *Count, err error) {
	var rows, freeRows rows
	var texts [][]Text
	var gold []int
	var free [][][]Text         // of the examples, [input][label]
	freeIndex := map[Text]int{} // in freeRows
	for _, x := range examples {
		answers, right, err := Texts(task, w, x)
		if err != nil {
			return nil, nil, usererror.Of(err)
		}
		if right < 0 {
			return nil, nil, usererror.Errorf("%s:%d: the example has no label to count by", x.File, x.Line)
		}
		for _, text := range answers {
			if err := rows.add(t, text, x); err != nil {
				return nil, nil, err
			}
		}
		texts, gold = append(texts, answers), append(gold, right)
		if calibration == "" {
			continue
		}
		without, err := contentFree(calibration, task, w, x)
		if err != nil {
			return nil, nil, usererror.Of(err)
		}
		for _, text := range slices.Concat(without...) {
			if _, known := freeIndex[text]; known {
				continue
			}
			freeIndex[text] = len(freeRows.ids)
			if err := freeRows.add(t, text, x); err != nil {
				return nil, nil, err
			}
		}
		free = append(free, without)
	}
	if err := m.Prepare(rows.tokens+freeRows.tokens, false); err != nil {
		return nil, nil, err
	}
	freeSums, err := freeRows.sums(ctx, s, m, past)
	if err != nil {
		return nil, nil, err
	}
	count = &Count{}
	var sums []float64
	err = rows.each(ctx, s, m, past, func(sum float64) {
		if sums = append(sums, sum); len(sums) < len(texts[count.Examples]) {
			return
		}
		i := count.Examples
		count.Add(texts[i], sums, gold[i])
		if calibration != "" {
			without := make([][]float64, len(free[i]))
			for k, of := range free[i] {
				for _, text := range of {
					without[k] = append(without[k], freeSums[freeIndex[text]])
				}
			}
			count.addCalibrated(calibration, calibrated(calibration, sums, without), gold[i])
		}
		labels = append(labels, task.Labels[best(sums)])
		sums = nil
		if report != nil {
			report(count.Examples)
		}
	})
	return labels, count, err
}

// rows are encoded texts.
type rows struct {
	ids    [][]int
	from   []int // the first id that is scored
	tokens int
}

// add encodes a text of example x.
func (r *rows) add(t *tokenize.Tokenizer, text Text, x datasets.Example) error {
	ids, first := encode(t, text)
	if len(ids) > xglm.MaxTokens {
		return usererror.Errorf("%s:%d: %d tokens: a row has at most %d: cut it", x.File, x.Line, len(ids), xglm.MaxTokens)
	}
	r.ids, r.from = append(r.ids, ids), append(r.from, first)
	r.tokens += len(ids)
	return nil
}

// each calls fn with the summed log-probabilities of each row, in order.
func (r *rows) each(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past, fn func(sum float64)) error {
	return m.ScoreEach(ctx, s, r.ids, r.from, past, func(_ int, logProbs []float32) error {
		sum := 0.0
		for _, p := range logProbs {
			sum += float64(p)
		}
		fn(sum)
		return nil
	})
}

func (r *rows) sums(ctx context.Context, s *libtorch.Scope, m *xglm.Model, past *xglm.Past) (sums []float64, err error) {
	err = r.each(ctx, s, m, past, func(sum float64) { sums = append(sums, sum) })
	return sums, err
}

// encode returns a text's ids as lm-eval does, and the index of the first that is
// scored. </s> replaces an empty context; a context that is not empty has none.
func encode(t *tokenize.Tokenizer, text Text) (ids []int, from int) {
	if text.Context == "" {
		return t.EncodeText(text.Scored, 0).IDs, 1
	}
	return t.AppendIDs(nil, text.Context+text.Scored), max(1, len(t.AppendIDs(nil, text.Context)))
}
