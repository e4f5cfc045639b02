package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"xpt/internal/texttable"
)

// Table is a table of texts.
type Table struct {
	Title string
	Heads []string
	Rows  [][]string
}

// words is the number of leading text columns; the others are numbers.
const words = 2

// Write writes the table as plain text.
func (t Table) Write(w io.Writer) error {
	return texttable.Write(w, t.Title, append([][]string{t.Heads}, t.Rows...), func(column int) bool { return column < words })
}

// Markdown formats the table in Markdown.
func (t Table) Markdown() string {
	var b strings.Builder
	if t.Title != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Title)
	}
	row := func(cells []string) {
		fmt.Fprintf(&b, "| %s |\n", strings.ReplaceAll(strings.Join(cells, " | "), "\n", " "))
	}
	row(t.Heads)
	rule := make([]string, len(t.Heads))
	for i := range rule {
		if rule[i] = "---"; i >= words {
			rule[i] = "---:"
		}
	}
	row(rule)
	for _, cells := range t.Rows {
		row(cells)
	}
	return b.String()
}

// Comparison is the table of results. Shares of a GPU's rate stand in it where there are any.
func Comparison(results []Result) Table {
	t := Table{Heads: []string{"case", "dtype", "xpt s", "range", "per s", "floor s", "peer s", "range", "speed", "goal",
		"xpt GB", "peer GB", "memory", "goal"}}
	shares := slices.ContainsFunc(results, func(r Result) bool { return r.Share > 0 })
	if shares {
		t.Heads = append(t.Heads, "of peak", "goal")
	}
	for _, r := range results {
		row := r.row()
		if shares {
			row = append(row, percent(r.Share), positive("≥ %g %%", 100*r.Goal.Share))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// none is an empty cell.
const none = "–"

func (r Result) row() []string {
	if r.XPT.Seconds == 0 {
		return append([]string{r.Case, r.DType, "failed"}, slices.Repeat([]string{none}, 11)...)
	}
	peer := Timing{}
	if r.Peer != nil {
		peer = *r.Peer
	}
	peerSeconds := seconds(peer.Seconds)
	if r.Error != "" {
		peerSeconds = "failed"
	}
	return []string{
		r.Case, r.DType, seconds(r.XPT.Seconds), r.XPT.span(), positive("%.3g", r.PerSecond), seconds(r.Floor),
		peerSeconds, peer.span(),
		positive("%.2fx", r.Speed), positive("≥ %gx", r.Goal.Speed), gigabytes(r.XPT.Peak), gigabytes(peer.Peak),
		positive("%.2f", r.Memory), positive("≤ %g", r.Goal.Memory),
	}
}

func percent(share float64) string { return positive("%.1f %%", 100*share) }

// span is the range of the passes.
func (t Timing) span() string {
	if t.Seconds == 0 {
		return none
	}
	return seconds(t.Least) + "–" + seconds(t.Most)
}

// seconds formats three significant digits.
func seconds(v float64) string {
	switch {
	case v <= 0:
		return none
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func gigabytes(n int64) string { return positive("%.2f", float64(n)/1e9) }

func positive(format string, v float64) string {
	if v <= 0 {
		return none
	}
	return fmt.Sprintf(format, v)
}
