package datasets

// Report says what reading a split found besides its examples.
type Report struct {
	Files []string // in the order in which they were read
	Odd   []Odd    // in the order of the files and their rows
}

// Odd is one row that is not quite what its format promises. Kept rows are examples (or words of one) all the same;
// the others were left out.
type Odd struct {
	File string `json:"file"`
	Line int    `json:"line"` // from 1
	What string `json:"what"`
	Kept bool   `json:"kept"`
}

func (r *Report) kept(file string, line int, what string) {
	r.Odd = append(r.Odd, Odd{file, line, what, true})
}

func (r *Report) left(file string, line int, what string) {
	r.Odd = append(r.Odd, Odd{file, line, what, false})
}
