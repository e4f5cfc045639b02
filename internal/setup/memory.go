package setup

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
)

const compileKB = 2 << 20 // g++ peaks at 1.6 GB on gotch's wrappers

var memoryRe = regexp.MustCompile(`(?m)^(MemAvailable|SwapFree): +(\d+) kB`)

// CheckMemory returns an error if memory is too small to compile gotch's C++.
func CheckMemory() error {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil // cannot tell
	}
	return checkMemory(string(text))
}

func checkMemory(meminfo string) error {
	free := 0
	for _, m := range memoryRe.FindAllStringSubmatch(meminfo, -1) {
		kb, _ := strconv.Atoi(m[2])
		free += kb
	}
	if free > 0 && free < compileKB {
		return fmt.Errorf("%.1f GB of memory are free and compiling gotch needs 2 GB: end other programs, or add swap", float64(free)/(1<<20))
	}
	return nil
}
