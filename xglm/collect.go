package xglm

import (
	"bytes"
	"context"
	"encoding/gob"

	"xpt/libtorch"
)

// Sharing spreads the batches of inference over processes that all compute the same rows.
type Sharing interface {
	// Own picks the batches that this process computes, by the tokens of each.
	Own(tokens []int) []bool
	// Exchange gives every process the data of each. A process that was stopped says so instead, and then all are.
	Exchange(data []byte, stopped error) ([][]byte, error)
}

// ShareOver spreads the batches that [Collect] and [Model.ScoreEach] compute; nil: none. All models on one
// backbone share alike.
func (m *Model) ShareOver(sharing Sharing) { m.sharing = sharing }

// batchesInFlight is how many batches may be under way before the results of the first of them are read. Tests change it.
var batchesInFlight = libtorch.Device.Ahead

// Collect returns fn's result of every row. It calls fn with the indices of the rows of each batch that Forward is to run, in
// a scope of its own, until one fails or ctx ends; fn returns what reads a result for each of them, see [Model.Fetch], which
// on a GPU is called once the next batch is under way. report, which may be nil, is called with the number of rows done here. Where the model is shared, results of others come as gob encodes them.
func Collect[T any](ctx context.Context, m *Model, s *libtorch.Scope, rows [][]int, report func(done int), fn func(s *libtorch.Scope, which []int) (read func() ([]T, error))) ([]T, error) {
	results := make([]T, len(rows))
	batches := m.own(rows)
	done := 0
	var pending []func() ([]T, error) // of the batches from the first on that is not read
	settle := func(left int) error {
		for len(pending) > left {
			values, err := pending[0]()
			if err != nil {
				return err
			}
			which := batches[0]
			pending, batches = pending[1:], batches[1:]
			for k, i := range which {
				results[i] = values[k]
			}
			if done += len(which); report != nil {
				report(done)
			}
		}
		return nil
	}
	own := batches
	var err error
	for _, which := range own {
		if err = ctx.Err(); err != nil {
			break
		}
		s.Do(func(s *libtorch.Scope) { pending = append(pending, fn(s, which)) })
		if err := settle(batchesInFlight(m.device)); err != nil {
			return nil, err
		}
	}
	if err == nil {
		if err := settle(0); err != nil {
			return nil, err
		}
	}
	if m.sharing == nil {
		return results, err
	}
	return results, exchange(m.sharing, own, results, err)
}

// own are the batches that this process computes.
func (m *Model) own(rows [][]int) [][]int {
	all := m.batches(rows)
	if m.sharing == nil {
		return all
	}
	tokens := make([]int, len(all))
	for b, which := range all {
		for _, i := range which {
			tokens[b] += len(rows[i])
		}
	}
	var own [][]int
	for b, mine := range m.sharing.Own(tokens) {
		if mine {
			own = append(own, all[b])
		}
	}
	return own
}

// exchange fills in the results of batches that other processes computed.
func exchange[T any](sharing Sharing, own [][]int, results []T, stopped error) error {
	mine := map[int]T{}
	for _, which := range own {
		for _, i := range which {
			mine[i] = results[i]
		}
	}
	var data bytes.Buffer
	if err := gob.NewEncoder(&data).Encode(mine); err != nil {
		return err
	}
	all, err := sharing.Exchange(data.Bytes(), stopped)
	if err != nil {
		return err
	}
	for _, data := range all {
		theirs := map[int]T{}
		if err := gob.NewDecoder(bytes.NewReader(data)).Decode(&theirs); err != nil {
			return err
		}
		for i, value := range theirs {
			results[i] = value
		}
	}
	return nil
}
