package xglm

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"xpt/libtorch"
)

// ahead lets so many batches and steps be given to the CPU before the first is read, as to a GPU, until the test ends.
func ahead(t *testing.T, n int) {
	was := batchesInFlight
	batchesInFlight = func(libtorch.Device) int { return n }
	t.Cleanup(func() { batchesInFlight = was })
}

// Steps over a whole cache behind a mask, as a GPU takes them, choose the tokens that steps over what is filled do, whether
// each is read before the next or after it, and leave nothing.
func TestFixedStepsGenerateAlike(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	defer func(was func(libtorch.Device) bool) { stepsFixed = was }(stepsFixed)
	m.tablePositions(0) // which the model keeps
	rows := [][]int{{2, 10, 11, 12}, {2}, {2, 13, 14, 15, 16, 17, 18}}
	run := func(fixed bool, prompt int, o Generation) (ids [][]int, told [][2]int) {
		stepsFixed = func(libtorch.Device) bool { return fixed }
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
			var past *Past
			if prompt > 0 {
				past = m.PastOf(s, m.Embed(s, indices(prompt)), Mode{})
			}
			handles := libtorch.Live()
			ids, err = m.Generate(s, rows, past, o, func(row, id int) error { told = append(told, [2]int{row, id}); return nil })
			if left := libtorch.Live() - handles; left != 0 {
				t.Errorf("%d tensors are left", left)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return ids, told
	}
	own := func(row int) *rand.Rand { return rand.New(rand.NewPCG(7, uint64(row))) }
	greedy, _ := run(false, 0, Generation{MaxNewTokens: 12})
	for name, o := range map[string]Generation{
		"greedy":   {MaxNewTokens: 30},
		"one":      {MaxNewTokens: 1},
		"two":      {MaxNewTokens: 2},
		"stopped":  {MaxNewTokens: 30, Stop: greedy[1][3:5]},
		"penalty":  {MaxNewTokens: 12, Sampling: Sampling{RepetitionPenalty: 5}},
		"sampling": {MaxNewTokens: 12, Sampling: Sampling{Temperature: 8}, Rand: own},
	} {
		for _, prompt := range []int{0, 5} {
			want, wantTold := run(false, prompt, o)
			for _, n := range []int{0, 1} {
				ahead(t, n)
				if got, told := run(true, prompt, o); !reflect.DeepEqual(got, want) || !slices.Equal(told, wantTold) {
					t.Errorf("%s behind %d tokens, %d ahead: %v, want %v", name, prompt, n, got, want)
				}
			}
		}
	}
}

// Weights that are no numbers end a generation, also where the step is read late.
func TestFixedStepsRefuseNaN(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32, Trainable: true})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	defer func(was func(libtorch.Device) bool) { stepsFixed = was }(stepsFixed)
	stepsFixed = func(libtorch.Device) bool { return true }
	ahead(t, 1)
	var told int
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		_, err := m.Generate(s, [][]int{{2, 10}}, nil, Generation{MaxNewTokens: 9}, func(int, int) error {
			if told++; told == 2 {
				m.layerNorm.weight.Write(0, 0, s.Scale(m.layerNorm.weight, math.NaN()))
			}
			return nil
		})
		return err
	})
	if err == nil || told > 4 {
		t.Errorf("%d tokens are told of, and the error is %v", told, err)
	}
}

// The table of positions grows, and has what is computed for each; far positions are computed.
func TestPositionRows(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
		for _, positions := range [][]int{{0, 3, 3}, {253, 254, 7}, {1000}, {0, mostTabled, 5}, {mostTabled - positionOffset, 1}} {
			numbers := slices.Clone(positions)
			for i := range numbers {
				numbers[i] += positionOffset
			}
			want := sinusoids(s, numbers, m.Config.DModel, int(m.Config.PadTokenID)).Float32s()
			near(t, "positions", m.positionRows(s, positions).Float32s(), want, 1e-7)
		}
		if n := m.positions.rows.Len(0); n != 1024 {
			t.Errorf("the table has %d rows", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What is computed ahead of the host comes to the rows that it belongs to, and an error is that of the first batch.
func TestCollectAhead(t *testing.T) {
	m, err := Load("../testdata/mini/checkpoint", Options{Device: libtorch.CPU, DType: libtorch.Float32})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var rows [][]int
	for i := range 3*batchRows(libtorch.CPU) + 5 {
		rows = append(rows, make([]int, 1+i%7))
	}
	for _, n := range []int{0, 1, 9} {
		ahead(t, n)
		launched, read, most := 0, 0, 0
		collect := func(fails int) (got []int, err error) {
			launched, read, most = 0, 0, 0
			err = libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) (err error) {
				got, err = Collect(context.Background(), m, s, rows, func(done int) { read = done }, func(s *libtorch.Scope, which []int) func() ([]int, error) {
					batch := launched
					launched++
					return func() ([]int, error) {
						most = max(most, launched-batch-1)
						if batch == fails {
							return nil, errors.New("no numbers")
						}
						return which, nil
					}
				})
				return err
			})
			return got, err
		}
		if got, err := collect(-1); err != nil || !slices.Equal(got, indices(len(rows))) || read != len(rows) || most != min(n, launched-1) {
			t.Errorf("%d ahead: %v, %d of %d rows are told of, and %d batches were ahead: %v", n, err, read, len(rows), most, got)
		}
		if _, err := collect(1); err == nil || launched != min(2+n, 4) {
			t.Errorf("%d ahead: %d batches were begun before error %v of the second", n, launched, err)
		}
	}
}
