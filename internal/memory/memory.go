// Package memory says how much memory this process and its machine have used
// and left, as Linux counts it.
package memory

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Peak is the largest resident size of this process in bytes, 0 where the
// system does not say. What getrusage says begins with the peak of the process
// that started this one.
func Peak() int64 { return read("/proc/self/status", "VmHWM") }

// Available is what programs can still take, in bytes, without others being
// swapped out; 0 where the system does not say.
func Available() int64 { return read("/proc/meminfo", "MemAvailable") }

// Check says where less than bytes is available, for what.
func Check(bytes int64, what string) error {
	if have := Available(); have > 0 && have < bytes {
		return fmt.Errorf("%s takes %.1f GB of memory, and %.1f GB are available", what, float64(bytes)/1e9, float64(have)/1e9)
	}
	return nil
}

// read finds a line such as "VmHWM:  123 kB" in a file.
func read(path, name string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name+":" && string(fields[2]) == "kB" {
			kilobytes, _ := strconv.ParseInt(string(fields[1]), 10, 64)
			return kilobytes * 1024
		}
	}
	return 0
}
