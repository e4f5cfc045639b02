package checkpoints

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize parses a number of bytes in HF's form: 500MB, 5GB, 2GiB or a plain number. KB, MB and GB are powers of 1000; KiB,
// MiB and GiB of 1024.
func ParseSize(text string) (int64, error) {
	number, unit := strings.TrimSpace(text), float64(1)
	for _, u := range []struct {
		suffix string
		bytes  float64
	}{{"KIB", 1 << 10}, {"MIB", 1 << 20}, {"GIB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}} {
		if rest, ok := strings.CutSuffix(strings.ToUpper(number), u.suffix); ok {
			number, unit = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if n *= unit; err != nil || !(n >= 1) || n > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not a size such as 5GB or 500MB", text)
	}
	return int64(n), nil
}

// FormatSize formats a number of bytes in powers of 1000: 1.13 GB.
func FormatSize(n int64) string {
	for _, u := range []struct {
		name  string
		bytes float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}} {
		if float64(n) >= u.bytes {
			return strconv.FormatFloat(float64(n)/u.bytes, 'f', 2, 64) + " " + u.name
		}
	}
	return strconv.FormatInt(n, 10) + " B"
}
