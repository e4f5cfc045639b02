package doctor

import (
	"math/rand/v2"
	"slices"
	"time"

	"xpt/internal/prepack"
	"xpt/libtorch"
)

// MatmulGFLOPS measures the device's matrix multiplication, in GFLOP/s: the best
// product of [2048, 2048] within a second, of [8192, 8192] on a GPU, with a
// prepacked weight, where the dtype has one, and with a plain one.
func MatmulGFLOPS(dev libtorch.Device, dtype libtorch.DType) (gflops float64, err error) {
	n := productSize(dev, 2048)
	err = libtorch.NoGrad(dev, func(s *libtorch.Scope) error {
		x := s.To(noise(s, n), dev, dtype)
		packed, err := prepack.Pack(x, dtype, false)
		if err != nil {
			return err
		}
		defer packed.Free()
		best, err := fastest(s, dev, func(s *libtorch.Scope, i int) {
			if packed != nil && i%2 == 0 {
				packed.Linear(s, x, nil)
			} else {
				s.Linear(x, x, nil)
			}
		})
		if err != nil {
			return err
		}
		gflops = 2 * float64(n) * float64(n) * float64(n) / best / 1e9
		return nil
	})
	return gflops, err
}

// productSize is the rows and columns of matrices whose product is timed: those for the CPU, or on a GPU, where smaller
// ones are over sooner than they are launched, more.
func productSize(dev libtorch.Device, onCPU int) int {
	if dev.IsCUDA() {
		return 8192
	}
	return onCPU
}

// noise is a matrix of n rows and columns from N(0, 1), n a multiple of 1024: a
// GPU multiplies constants faster than what models hold, since it takes less power.
func noise(s *libtorch.Scope, n int) *libtorch.Tensor {
	const tile = 1024
	values, rng := make([]float32, tile*tile), rand.New(rand.NewPCG(0, 0))
	for i := range values {
		values[i] = float32(rng.NormFloat64())
	}
	rows := s.Cat(0, slices.Repeat([]*libtorch.Tensor{s.Floats(values, tile, tile)}, n/tile)...)
	return s.Cat(1, slices.Repeat([]*libtorch.Tensor{rows}, n/tile)...)
}

// CopyGBs measures the rate of copies within the device's memory, in GB/s, what is
// read and what is written counted.
func CopyGBs(dev libtorch.Device) (rate float64, err error) {
	const bytes = 1 << 30
	err = libtorch.NoGrad(dev, func(s *libtorch.Scope) error {
		from, to := s.Zeros(libtorch.Float32, bytes/4), s.Empty(libtorch.Float32, bytes/4)
		best, err := fastest(s, dev, func(*libtorch.Scope, int) { to.Write(0, 0, from) })
		rate = 2 * bytes / 1e9 / best
		return err
	})
	return rate, err
}

// fastest returns the least seconds that work, given a count from 0, took within a second, at least twice. A
// GPU is given several at once, so that it does not wait for the host between them.
func fastest(s *libtorch.Scope, dev libtorch.Device, work func(s *libtorch.Scope, i int)) (best float64, err error) {
	atOnce := 1
	if dev.IsCUDA() {
		atOnce = 8
	}
	begin := time.Now()
	for i := 0; i < 4 || time.Since(begin) < time.Second; i++ {
		start := time.Now()
		s.Do(func(s *libtorch.Scope) {
			for range atOnce {
				work(s, i)
			}
		})
		if err := dev.Wait(); err != nil {
			return 0, err
		}
		if took := time.Since(start).Seconds() / float64(atOnce); i == 0 || took < best {
			best = took
		}
	}
	return best, nil
}
