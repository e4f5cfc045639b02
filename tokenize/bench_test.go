package tokenize

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
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

// processorTime is what this process has used, which other work on the machine changes less than the clock.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkEncode measures lines/s: ids alone on one core, everything on one core, everything on all cores.
func BenchmarkEncode(b *testing.B) {
	for _, rule := range []Rule{SPM, HF} {
		tk, lines := benchmarked(b, rule)
		report := func(b *testing.B, begin time.Duration) {
			n := float64(len(lines)) * float64(b.N)
			b.ReportMetric(n/b.Elapsed().Seconds(), "lines/s")
			b.ReportMetric(n/(processorTime(b)-begin).Seconds(), "lines/cpu-s")
		}
		b.Run(string(rule)+"/ids", func(b *testing.B) {
			var ids []int
			begin := processorTime(b)
			for b.Loop() {
				for _, line := range lines {
					ids = tk.AppendIDs(ids[:0], line)
				}
			}
			report(b, begin)
		})
		b.Run(string(rule)+"/all", func(b *testing.B) {
			begin := processorTime(b)
			for b.Loop() {
				for _, line := range lines {
					tk.Encode(line)
				}
			}
			report(b, begin)
		})
		b.Run(string(rule)+"/cores", func(b *testing.B) {
			begin := processorTime(b)
			for b.Loop() {
				tk.EncodeAll(lines)
			}
			report(b, begin)
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
