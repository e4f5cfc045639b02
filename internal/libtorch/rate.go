package libtorch

import "time"

// MatmulGFLOPS is how fast the device multiplies matrices that are large
// enough to keep it busy, in 10^9 operations a second: the best of
// some products [2048, 2048] with a weight, packed where there is such a way.
func MatmulGFLOPS(dev Device, dtype DType) (best float64, err error) {
	const n, times = 2048, 5
	err = Infer(dev, func(s *Scope) error {
		x := s.Add(s.Zeros(dtype, n, n), s.To(s.Floats([]float32{0.5}, 1), dev, dtype))
		packed, err := Pack(x, false)
		if err != nil {
			return err
		}
		defer packed.Free()
		for i := range 2 * times {
			start := time.Now()
			s.Do(func(s *Scope) {
				var y *Tensor
				if packed != nil && i < times {
					y = s.LinearPacked(x, packed, nil)
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
