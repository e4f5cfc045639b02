package report

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
)

// A spreadsheet that opens a table takes names for names, and numbers for numbers.
func TestCSVHasNoFormulas(t *testing.T) {
	table := &Table{
		Columns: []Column{{Name: "class"}, {Name: "=run"}, numberColumn("gain", "")},
		Rows: [][]Entry{
			{text("=HYPERLINK(1)"), text("@a"), number(-3.5, 1)},
			{text("-LRB-"), text("-1e3"), number(2, 1)},
			{text("\tB"), text("+"), {Text: "-", Status: "failed"}},
			{text("a=b"), text(""), blank()},
		},
	}
	rows, err := csv.NewReader(strings.NewReader(string(table.csv()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"class,'=run,gain", "'=HYPERLINK(1),'@a,-3.5", "'-LRB-,-1e3,2", "'\tB,'+,'-", "a=b,,"}
	var got []string
	for _, row := range rows {
		got = append(got, strings.Join(row, ","))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
