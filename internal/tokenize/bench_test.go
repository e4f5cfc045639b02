package tokenize

import (
	"os"
	"strings"
	"testing"
)

// benchmarked gives the tokenizer and lines that XPT_BENCH_TOKENIZER and XPT_BENCH_TEXT name, else the fixtures.
func benchmarked(b *testing.B, rule Rule) (*Tokenizer, []string) {
	b.Helper()
	path, text := os.Getenv("XPT_BENCH_TOKENIZER"), os.Getenv("XPT_BENCH_TEXT")
	if path == "" || text == "" {
		var lines []string
		for _, r := range rows[struct{ Text string }](b, "expected.jsonl.gz") {
			lines = append(lines, r.Text)
		}
		return small(b, string(rule)), lines
	}
	tk, err := Load(path, rule)
	if err != nil {
		b.Fatal(err)
	}
	data, err := os.ReadFile(text)
	if err != nil {
		b.Fatal(err)
	}
	return tk, strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

// BenchmarkEncode measures lines/s: ids alone on one core, everything on one core, everything on all cores.
func BenchmarkEncode(b *testing.B) {
	for _, rule := range []Rule{SPM, HF} {
		tk, lines := benchmarked(b, rule)
		report := func(b *testing.B) {
			b.ReportMetric(float64(len(lines))*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		}
		b.Run(string(rule)+"/ids", func(b *testing.B) {
			var ids []int
			for b.Loop() {
				for _, line := range lines {
					ids = tk.AppendIDs(ids[:0], line)
				}
			}
			report(b)
		})
		b.Run(string(rule)+"/all", func(b *testing.B) {
			for b.Loop() {
				for _, line := range lines {
					tk.Encode(line)
				}
			}
			report(b)
		})
		b.Run(string(rule)+"/cores", func(b *testing.B) {
			for b.Loop() {
				tk.EncodeAll(lines)
			}
			report(b)
		})
	}
}

// BenchmarkLoad measures reading a tokenizer.
func BenchmarkLoad(b *testing.B) {
	path := os.Getenv("XPT_BENCH_TOKENIZER")
	if path == "" {
		b.Skip("skipped: set XPT_BENCH_TOKENIZER")
	}
	for _, rule := range []Rule{SPM, HF} {
		b.Run(string(rule), func(b *testing.B) {
			for b.Loop() {
				if _, err := Load(path, rule); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
