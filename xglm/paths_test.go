package xglm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
	"xpt/xglm"
)

// paddedRow is row i of a padded batch: its mask, and its ids with no padding.
func (f fixture) mask(row []int, left bool) []int {
	longest := 0
	for _, r := range f.rows() {
		longest = max(longest, len(r))
	}
	mask := make([]int, longest)
	for t := range row {
		if left {
			t += longest - len(row)
		}
		mask[t] = 1
	}
	return mask
}

func TestPaddingUnderBothPositionRulesEqualsHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		rows := f.rows()
		for _, side := range []string{"left", "right"} {
			for _, rule := range []xglm.PositionRule{xglm.ByColumn, xglm.ByMask} {
				b := xglm.NewBatch(rows...)
				var want []float32
				states := make([][]float32, m.Config.NumLayers)
				for i, row := range rows {
					_, positions := xglm.Unpad(f.mask(row, side == "left"), rule)
					b.Positions = append(b.Positions, positions...)
					want = append(want, f.path(fmt.Sprintf("%s.%s.%d.hidden", side, rule, i))...)
					if side == "left" && rule == xglm.ByColumn {
						for k := range states {
							states[k] = append(states[k], f.path(fmt.Sprintf("left.arange.%d.hidden.%d", i, k))...)
						}
					}
				}
				infer(t, func(s *libtorch.Scope) {
					h := m.ForwardEach(s, b, nil, xglm.Mode{}, func(k int, h *libtorch.Tensor) {
						if k < len(states) && states[k] != nil {
							closeTo(t, fmt.Sprintf("%s %s hidden %d", side, rule, k), h.Float32s(), states[k])
						}
					})
					closeTo(t, side+" "+string(rule), h.Float32s(), want)
				})
			}
		}
	})
}

func TestColumnsHiddenInsideARowEqualHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		mask := f.pathInts("hole.mask")
		for _, rule := range []xglm.PositionRule{xglm.ByColumn, xglm.ByMask} {
			columns, positions := xglm.Unpad(mask, rule)
			var ids []int
			var want []float32
			all := f.path("hole." + string(rule) + ".hidden")
			for _, c := range columns {
				ids = append(ids, f.rows()[0][c])
				want = append(want, all[c*m.Config.DModel:][:m.Config.DModel]...)
			}
			b := xglm.NewBatch(ids)
			b.Positions = positions
			infer(t, func(s *libtorch.Scope) { closeTo(t, string(rule), m.Forward(s, b, nil, xglm.Mode{}).Float32s(), want) })
		}
	})
}

// PEFT drops position_ids, so that behind an adapter the text of a left-padded row is shifted: the
// rule ByColumn.
func TestLeftPaddingUnderAdaptersEqualsPEFT(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		for _, kind := range []string{"prefix", "prompt"} {
			b := xglm.NewBatch(f.rows()...)
			var want []float32
			for i, row := range f.rows() {
				_, positions := xglm.Unpad(f.mask(row, true), xglm.ByColumn)
				b.Positions = append(b.Positions, positions...)
				want = append(want, f.path(fmt.Sprintf("%s.left.%d.hidden", kind, i))...)
			}
			infer(t, func(s *libtorch.Scope) {
				closeTo(t, kind, m.Forward(s, b, f.prompt(m, kind).Past(s, m, xglm.Mode{}), xglm.Mode{}).Float32s(), want)
			})
		}
	})
}

// A text cut anywhere gives behind its first part's past what it gives whole.
func TestForwardBehindATextsPast(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		row := f.rows()[2]
		whole := f.want(fmt.Sprintf("rows.2.hidden.%d", m.Config.NumLayers))
		for cut := 1; cut < len(row); cut++ {
			infer(t, func(s *libtorch.Scope) {
				past := m.PastOf(s, m.Embed(s, row[:cut]), xglm.Mode{})
				closeTo(t, fmt.Sprint("cut at ", cut), m.Forward(s, xglm.NewBatch(row[cut:]), past, xglm.Mode{}).Float32s(), whole[cut*m.Config.DModel:])
			})
		}
	})
}

// In half precision the result is as near to float32's as HuggingFace's own.
func TestHalfPrecisionIsAsExactAsHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		rows := f.rows()
		// The fixtures' own errors are a current libtorch's; older kernels round more often.
		most := 1.25
		if strings.HasPrefix(libtorch.Version(), "1.") {
			most = 1.5
		}
		for _, name := range []string{"bfloat16", "float16"} {
			dtype, err := libtorch.ParseDType(name, libtorch.CPU)
			if err != nil {
				t.Logf("%s is not checked: %v", name, err)
				continue
			}
			m, err := xglm.Load(f.dir, xglm.Options{Device: libtorch.CPU, DType: dtype})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			var hidden, logits []float32
			infer(t, func(s *libtorch.Scope) {
				h := m.Forward(s, xglm.NewBatch(rows...), nil, xglm.Mode{})
				hidden, logits = h.Float32s(), m.Logits(s, h).Float32s()
			})
			var exact, exactLogits, hf, hfLogits []float32
			for i := range rows {
				exact = append(exact, f.want(fmt.Sprintf("rows.%d.hidden.%d", i, m.Config.NumLayers))...)
				exactLogits = append(exactLogits, f.want(fmt.Sprintf("rows.%d.logits", i))...)
				hf = append(hf, f.path(fmt.Sprintf("%s.%d.hidden", dtype, i))...)
				hfLogits = append(hfLogits, f.path(fmt.Sprintf("%s.%d.logits", dtype, i))...)
			}
			for _, x := range []struct {
				what           string
				got, hf, exact []float32
			}{{"hidden", hidden, hf, exact}, {"logits", logits, hfLogits, exactLogits}} {
				ours, theirs := relative(x.got, x.exact), relative(x.hf, x.exact)
				t.Logf("%v %s: relative error %.2e, HuggingFace's %.2e", dtype, x.what, ours, theirs)
				if !(ours <= most*theirs) {
					t.Errorf("%v %s: relative error %.2e, HuggingFace's %.2e", dtype, x.what, ours, theirs)
				}
			}
		}
	})
}

// relative is |got - want| / |want| in the 2-norm.
func relative(got, want []float32) float64 {
	var off, size float64
	for i := range want {
		d := float64(got[i]) - float64(want[i])
		off += d * d
		size += float64(want[i]) * float64(want[i])
	}
	return math.Sqrt(off / size)
}

// A row's hidden states do not depend on the other rows of its batch: to 5e-6 of the largest value
// in float32.
func TestRowsAreIndependent(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		rng := rand.New(rand.NewPCG(1, 2))
		d := m.Config.DModel
		for range 20 {
			rows := make([][]int, 1+rng.IntN(6))
			for r := range rows {
				rows[r] = make([]int, 1+rng.IntN(20))
				for i := range rows[r] {
					rows[r][i] = rng.IntN(m.Config.VocabSize)
				}
			}
			infer(t, func(s *libtorch.Scope) {
				together := m.Forward(s, xglm.NewBatch(rows...), nil, xglm.Mode{}).Float32s()
				for r, row := range rows {
					alone := m.Forward(s, xglm.NewBatch(row), nil, xglm.Mode{}).Float32s()
					within(t, fmt.Sprintf("row %d of %d", r, len(rows)), together[:len(row)*d], alone, 5e-6)
					together = together[len(row)*d:]
				}
			})
		}
	})
}

// From its first token on a row would be scored by the row before it.
func TestScoreRefusesAFirstToken(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		err := libtorch.NoGrad(libtorch.CPU, func(s *libtorch.Scope) error {
			m.Score(s, [][]int{{2, 5}, {2, 7}}, []int{1, 0}, nil)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), "row 1 from token 0 on") {
			t.Errorf("error %v", err)
		}
	})
}

func TestLogProbsEqualHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		rows := f.rows()
		infer(t, func(s *libtorch.Scope) {
			for i, got := range m.Score(s, rows, []int{1, 1, 1, 1}, nil) {
				closeTo(t, fmt.Sprint("row ", i), got, f.path(fmt.Sprintf("%d.logprobs", i)))
			}
			got := m.Score(s, rows, []int{4, 2, 1, 3}, nil) // the continuations of prefixes
			closeTo(t, "from 4", got[0], f.path("0.logprobs")[3:])
			if len(got[1]) != 0 {
				t.Errorf("a row that ends with its prefix has scores %v", got[1])
			}
		})
	})
}

func TestGenerateEqualsHF(t *testing.T) {
	eachFixture(t, func(t *testing.T, f fixture) {
		m := f.model(xglm.Options{})
		penalty := xglm.Sampling{RepetitionPenalty: 5}
		for _, c := range []struct {
			name, prompt string
			xglm.Generation
		}{
			{"greedy", "", xglm.Generation{}},
			{"stop", "", xglm.Generation{Stop: f.pathInts("stop")}},
			{"penalty", "", xglm.Generation{Sampling: penalty}},
			{"prefix.penalty", "prefix", xglm.Generation{Sampling: penalty}},
			{"prompt.penalty", "prompt", xglm.Generation{Sampling: penalty}},
		} {
			c.MaxNewTokens = 14
			infer(t, func(s *libtorch.Scope) {
				var past *xglm.Past
				if c.prompt != "" {
					past = f.prompt(m, c.prompt).Past(s, m, xglm.Mode{})
				}
				streamed := make([][]int, len(f.rows()))
				together, err := m.Generate(s, f.rows(), past, c.Generation, func(r, id int) error { streamed[r] = append(streamed[r], id); return nil })
				if err != nil {
					t.Fatal(err)
				}
				for i, row := range f.rows() {
					want := f.pathInts(fmt.Sprintf("%s.%d", c.name, i))
					alone, err := m.Generate(s, [][]int{row}, past, c.Generation, nil)
					if err != nil {
						t.Fatal(err)
					}
					for how, got := range map[string][]int{"in a batch": together[i], "streamed": streamed[i], "alone": alone[0]} {
						if !slices.Equal(got, want) {
							t.Errorf("%s row %d %s: %v, want %v", c.name, i, how, got, want)
						}
					}
				}
			})
		}
	})
}

// What is drawn for a row depends on its own randomness, not on its batch.
func TestSamplingIsARowsOwn(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	rows := [][]int{{2, 5}, {2, 9, 9, 14}, {2}}
	o := xglm.Generation{MaxNewTokens: 10, Sampling: xglm.Sampling{Temperature: 8}}
	o.Rand = func(r int) *rand.Rand { return rand.New(rand.NewPCG(7, uint64(r))) }
	infer(t, func(s *libtorch.Scope) {
		together, err := m.Generate(s, rows, nil, o, nil)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(together[0], together[1]) {
			t.Errorf("two rows drew the same %v", together[0])
		}
		alone := o
		alone.Rand = func(int) *rand.Rand { return o.Rand(1) }
		if got, err := m.Generate(s, rows[1:2], nil, alone, nil); err != nil || !slices.Equal(got[0], together[1]) {
			t.Errorf("row 1 drew %v, %v alone and %v in a batch", got, err, together[1])
		}
	})
}

// A step writes into the buffers that are there: whatever the length, no handle and no copy of the
// past is left.
func TestGenerateLeavesNothing(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	generate := func() {
		infer(t, func(s *libtorch.Scope) {
			if _, err := m.Generate(s, [][]int{{2, 5, 8}, {2}}, nil, xglm.Generation{MaxNewTokens: 20}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	generate() // makes what the model keeps
	before := libtorch.Live()
	generate()
	if after := libtorch.Live(); after != before {
		t.Errorf("%d handles left behind", after-before)
	}
}

func TestGenerateRefusesWhatMakesNoSense(t *testing.T) {
	f := fixture{t: t, dir: "../testdata/xglm/gelu"}
	m := f.model(xglm.Options{})
	for _, o := range []xglm.Generation{
		{},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{Temperature: -1}},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{Temperature: 1}},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{TopK: 3}},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{TopP: 0.5}},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{Temperature: 1, TopP: 1.5}},
		{MaxNewTokens: 1, Sampling: xglm.Sampling{RepetitionPenalty: -1}},
	} {
		infer(t, func(s *libtorch.Scope) {
			if out, err := m.Generate(s, [][]int{{2}}, nil, o, nil); err == nil {
				t.Errorf("%+v gave %v and no error", o, out)
			}
		})
	}
}
