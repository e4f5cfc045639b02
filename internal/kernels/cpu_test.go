package kernels

import "testing"

func TestCPUModel(t *testing.T) {
	for info, want := range map[string]string{
		"processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu\n":                           "AMD EPYC",
		"processor\t: 0\nFeatures\t: fp asimd\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n": "CPU implementer 0x41, part 0xd0c",
		"": "",
	} {
		if got := cpuModel(info); got != want {
			t.Errorf("%q is named %q, want %q", info, got, want)
		}
	}
}
