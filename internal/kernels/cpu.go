package kernels

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// CPUModel names the processor; "" if unknown.
func CPUModel() string { return cpuModel(readCPUInfo()) }

// cpuModel is the model's name, or on aarch64 the numbers of implementer and part.
func cpuModel(info string) string {
	name, maker, part := cpuInfo(info, "model name"), cpuInfo(info, "CPU implementer"), cpuInfo(info, "CPU part")
	if name == "" && maker != "" {
		return fmt.Sprintf("CPU implementer %s, part %s", maker, part)
	}
	return name
}

// CPUFlags returns the system's names of the processor's features, separated by spaces.
func CPUFlags() string { return cpuInfo(readCPUInfo(), "flags", "Features") }

func readCPUInfo() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	return string(text)
}

// cpuInfo is the first line of /proc/cpuinfo with one of the keys, which differ between architectures.
func cpuInfo(info string, keys ...string) string {
	for line := range strings.Lines(info) {
		if key, value, ok := strings.Cut(line, ":"); ok && slices.Contains(keys, strings.TrimSpace(key)) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
