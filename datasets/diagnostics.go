package datasets

// Diagnostics say what reading a split found besides its examples.
type Diagnostics struct {
	Files []string // in the order in which they were read
	Odd   []Odd    // in the order of the files and their rows
}

// Odd is one row that is not quite what its format promises. Kept rows are examples (or words of
// one) all the same; the others were left out.
type Odd struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
	What string `json:"what"`
	Kept bool   `json:"kept"`
}

func (d *Diagnostics) kept(file string, line int, what string) {
	d.Odd = append(d.Odd, Odd{file, line, what, true})
}

func (d *Diagnostics) left(file string, line int, what string) {
	d.Odd = append(d.Odd, Odd{file, line, what, false})
}
