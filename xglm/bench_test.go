package xglm_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"xpt/internal/libtorch"
	"xpt/xglm"
)

// Tokens per second of greedy generation, prefill left out, with the
// checkpoint folder that XPT_CHECKPOINT names.
func BenchmarkGenerate(b *testing.B) {
	dir := os.Getenv("XPT_CHECKPOINT")
	if dir == "" {
		b.Skip("XPT_CHECKPOINT names no checkpoint folder")
	}
	for _, dtype := range []libtorch.DType{libtorch.Float32, libtorch.BFloat16} {
		m, err := xglm.Load(dir, xglm.Options{Device: libtorch.CPU, DType: dtype})
		if err != nil {
			b.Fatal(err)
		}
		defer m.Close()
		for _, n := range []int{1, 8} {
			b.Run(fmt.Sprintf("%v/batch=%d", dtype, n), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				rows := make([][]int, n)
				for r := range rows {
					for range 16 + 4*r {
						rows[r] = append(rows[r], 4+rng.IntN(m.Config.VocabSize-4))
					}
				}
				var start time.Time
				steps := 0
				each := func(r, _ int) error {
					if r == n-1 {
						if steps == 0 {
							start = time.Now()
						}
						steps++
					}
					return nil
				}
				err := libtorch.Infer(libtorch.CPU, func(s *libtorch.Scope) error {
					_, err := m.Generate(s, rows, nil, xglm.Generation{MaxNewTokens: b.N + 2}, each)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(n*(steps-1))/time.Since(start).Seconds(), "tokens/s")
			})
		}
	}
}
