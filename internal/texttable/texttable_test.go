package texttable

import (
	"strings"
	"testing"
)

func TestColumnsAreAligned(t *testing.T) {
	var out strings.Builder
	err := Write(&out, "title", [][]string{{"", "F1"}, {"mean ± sd", "90.0"}, {"a", ""}, {"é", "–"}}, func(column int) bool { return column == 0 })
	want := "title\n             F1\nmean ± sd  90.0\na\né             –\n\n"
	if err != nil || out.String() != want {
		t.Errorf("%v, table:\n%swant:\n%s", err, &out, want)
	}
}
