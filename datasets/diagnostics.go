package datasets

// Diagnostics lists the files of a split and its odd rows.
type Diagnostics struct {
	Files []string // in the order in which they were read
	Odd   []Odd    // in the order of the files and their rows
}

// Odd is a row that deviates from its format. Kept rows are examples, or words of one; others were left out.
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
