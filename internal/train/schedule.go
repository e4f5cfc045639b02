package train

import "math"

// schedule is the learning rate's factor at a step counted from 0 out of
// total: up over warmUp steps, then as its name says, as HuggingFace's
// get_linear_, get_cosine_ and get_constant_schedule_with_warmup.
func schedule(name string, step, warmUp, total int) float64 {
	if step < warmUp {
		return float64(step) / float64(max(1, warmUp))
	}
	done := float64(step-warmUp) / float64(max(1, total-warmUp))
	switch name {
	case "constant":
		return 1
	case "cosine":
		return max(0, 0.5*(1+math.Cos(math.Pi*done)))
	}
	return max(0, 1-done)
}
