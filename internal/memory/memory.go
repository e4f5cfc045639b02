// Package memory reads the peak memory of the process and the free memory of the machine from Linux's /proc.
package memory

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// Peak is the largest resident size of this process in bytes, 0 where the system does not say. (getrusage would
// include the peak of the parent process.)
func Peak() int64 { return read("/proc/self/status", "VmHWM") }

// Available is the memory in bytes that programs can take without swapping, 0 where the system does not say.
func Available() int64 { return read("/proc/meminfo", "MemAvailable") }

// Check returns an error that names what if fewer than bytes are available.
func Check(bytes int64, what string) error {
	if have := Available(); have > 0 && have < bytes {
		return fmt.Errorf("%s takes %.1f GB of memory, and %.1f GB are available", what, float64(bytes)/1e9, float64(have)/1e9)
	}
	return nil
}

// read returns the bytes of a line such as "VmHWM:  123 kB" in a file, 0 without one.
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
