package study

import "time"

// Pace estimates the time of cells from finished ones.
type Pace struct {
	seconds map[string]float64 // by method; "": all methods
	cells   map[string]float64
}

// Add adds a finished cell.
func (p *Pace) Add(o Outcome) {
	if p.seconds == nil {
		p.seconds, p.cells = map[string]float64{}, map[string]float64{}
	}
	for _, key := range []string{"", o.Method} {
		p.seconds[key] += o.Seconds
		p.cells[key]++
	}
}

// Left estimates the time of cells by the mean of their method, or of all methods without a finished cell of theirs; false
// without any finished cell.
func (p *Pace) Left(cells []Cell) (time.Duration, bool) {
	sum := 0.0
	for _, c := range cells {
		key := c.Method
		if p.cells[key] == 0 {
			key = ""
		}
		if p.cells[key] == 0 {
			return 0, false
		}
		sum += p.seconds[key] / p.cells[key]
	}
	return time.Duration(sum * float64(time.Second)), true
}
