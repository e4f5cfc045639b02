package doctor

import (
	"time"

	"xpt/internal/prepack"
	"xpt/libtorch"
)

// MatmulGFLOPS measures the device's matrix multiplication, in GFLOP/s. It is the
// best product of [2048, 2048] within a second, with a prepacked weight, where
// the dtype has one, and with a plain one.
func MatmulGFLOPS(dev libtorch.Device, dtype libtorch.DType) (best float64, err error) {
	const n, least = 2048, 4
	err = libtorch.NoGrad(dev, func(s *libtorch.Scope) error {
		x := s.Add(s.Zeros(dtype, n, n), s.To(s.Floats([]float32{0.5}, 1), dev, dtype))
		packed, err := prepack.Pack(x, dtype, false)
		if err != nil {
			return err
		}
		defer packed.Free()
		begin := time.Now()
		for i := 0; i < least || time.Since(begin) < time.Second; i++ {
			start := time.Now()
			s.Do(func(s *libtorch.Scope) {
				var y *libtorch.Tensor
				if packed != nil && i%2 == 0 {
					y = packed.Linear(s, x, nil)
				} else {
					y = s.Linear(x, x, nil)
				}
				s.Narrow(y, 0, 0, 1).Float32s() // reading waits for a GPU
			})
			best = max(best, 2*n*n*n/time.Since(start).Seconds()/1e9)
		}
		return nil
	})
	return best, err
}
