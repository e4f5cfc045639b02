package xpt

import (
	"context"

	"xpt/datasets"
	"xpt/internal/train"
	"xpt/internal/usererror"
	"xpt/training"
)

// Prediction is what a run says of an input: the best label and the probability of each, once for a
// text or a pair and once a word for a sentence that is tagged.
type Prediction struct {
	Labels        []string
	Probabilities []map[string]float64 // of each label, beside Labels
}

// Record returns that of the run that was opened; zero without one.
func (m *Model) Record() training.Record { return m.record }

// Task returns what the run was trained for, with its labels; zero without a run.
func (m *Model) Task() datasets.Task { return m.learner.Task }

// checkTask refuses a model without a run, and one that cannot read texts.
func (m *Model) checkTask() error {
	if m.learner == nil {
		return errNotOpen
	}
	if m.learner.Task.Name == "" {
		return usererror.New("the model has no task's head: open a run for its labels")
	}
	return m.noTexts
}

// Predict labels inputs. Each is, as the run's task has it, a text, a pair of texts, or the words of a
// sentence; one that is wrong is an [InputError]. The model is one of [OpenRun]; without labels it is
// refused, also for no inputs.
func (m *Model) Predict(ctx context.Context, inputs [][]string) ([]Prediction, error) {
	if err := m.checkTask(); err != nil {
		return nil, err
	}
	l := m.learner
	if !l.Task.HasLabels() {
		return nil, usererror.Errorf("%s is a run of task %s: it has no labels to predict", m.run, l.Task.Name)
	}
	if len(inputs) == 0 {
		return nil, nil
	}
	var items []train.Item
	for i, input := range inputs {
		x, err := l.Task.Example(input)
		if err != nil {
			return nil, &InputError{Index: i, Err: usererror.Of(err)}
		}
		rows, err := l.Rows(x, i)
		if err != nil {
			return nil, &InputError{Index: i, Err: usererror.Of(err)}
		}
		items = append(items, rows...)
	}
	var classified []train.Classified
	err := m.use(func() (err error) {
		classified, err = l.Classify(ctx, items, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Prediction, len(inputs))
	for i := range out {
		out[i] = Prediction{[]string{}, []map[string]float64{}}
	}
	for i, item := range items { // the pieces of a split sentence follow one another
		p := &out[item.Example]
		for j, row := range classified[i].Probabilities {
			byLabel := make(map[string]float64, len(row))
			for k, value := range row {
				byLabel[l.Task.Labels[k]] = value
			}
			p.Labels, p.Probabilities = append(p.Labels, l.Task.Labels[classified[i].Best[j]]), append(p.Probabilities, byLabel)
		}
	}
	return out, nil
}
