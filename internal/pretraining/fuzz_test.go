package pretraining

import (
	"math"
	"strings"
	"testing"
)

// FuzzPretraining reads tables of languages.
func FuzzPretraining(f *testing.F) {
	f.Add(xglmTSV)
	f.Fuzz(func(t *testing.T, text []byte) {
		table, err := parse("table.tsv", text)
		if err != nil && !strings.HasPrefix(err.Error(), "table.tsv") {
			t.Fatalf("error %q does not name the file", err)
		}
		for code, share := range table {
			if !(share.BillionTokens > 0) || math.IsInf(share.BillionTokens, 0) || code == "" {
				t.Fatalf("%q has %+v", code, share)
			}
		}
	})
}
