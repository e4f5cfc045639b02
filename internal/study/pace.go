package study

import "time"

// Pace tells how long cells take, from those that have ended.
type Pace struct {
	seconds map[string]float64 // by method, and in all under ""
	cells   map[string]float64
}

// Add takes a cell that is done.
func (p *Pace) Add(o Outcome) {
	if p.seconds == nil {
		p.seconds, p.cells = map[string]float64{}, map[string]float64{}
	}
	for _, key := range []string{"", o.Method} {
		p.seconds[key] += o.Seconds
		p.cells[key]++
	}
}

// Left is how long cells will take: as long as those of their method took, or
// all together where none of them has ended. False: none at all has.
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
