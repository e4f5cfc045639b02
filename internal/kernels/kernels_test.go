package kernels

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// A process computes in the tier that XPT_CPU names, or that libtorch's own
// variables leave, and a name that is none is an error.
func TestTiers(t *testing.T) {
	if name := os.Getenv("XPT_TEST_TIER"); name != "" {
		tier, why := Tier()
		t.Logf("tier %s, %s, %v, libtorch's kernels %q", tier, why, Check(), os.Getenv("ATEN_CPU_CAPABILITY"))
		return
	}
	all := Tiers()
	if tier, _ := Tier(); all[0] != "plain" || all[len(all)-1] != tier {
		t.Fatalf("tiers %q, in use %q", all, tier)
	}
	child := func(variables ...string) string {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTiers$", "-test.v")
		environment := slices.DeleteFunc(os.Environ(), func(s string) bool {
			name, _, _ := strings.Cut(s, "=")
			return slices.Contains([]string{"XPT_CPU", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS"}, name)
		})
		cmd.Env = append(append(environment, "XPT_TEST_TIER=1"), variables...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	for _, name := range all {
		if out := child("XPT_CPU=" + name); !strings.Contains(out, "tier "+name+", ") || !strings.Contains(out, "<nil>") {
			t.Errorf("XPT_CPU=%s gives %s", name, out)
		}
	}
	if out := child("XPT_CPU=plain"); len(all) > 1 && !strings.Contains(out, `kernels "default"`) {
		t.Errorf("libtorch's kernels are not kept to the lowest tier: %s", out)
	}
	if out := child("XPT_CPU=mmx"); !strings.Contains(out, `XPT_CPU is "mmx": use one of plain, `) {
		t.Errorf("a wrong name gives %s", out)
	}
	if slices.Contains(all, "avx2") {
		for _, variable := range []string{"ATEN_CPU_CAPABILITY=default", "ONEDNN_MAX_CPU_ISA=SSE41", "MKL_ENABLE_INSTRUCTIONS=SSE4_2"} {
			if out := child(variable); !strings.Contains(out, "tier plain, ") {
				t.Errorf("%s gives %s", variable, out)
			}
		}
		for _, variable := range []string{"ONEDNN_MAX_CPU_ISA=AVX2_VNNI", "ONEDNN_MAX_CPU_ISA=avx2", "DNNL_MAX_CPU_ISA=Avx2"} {
			if out := child(variable); !strings.Contains(out, "tier avx2, ") || all[len(all)-1] != "avx2" && !strings.Contains(out, "tier avx2, "+variable+"; the processor has ") {
				t.Errorf("%s gives %s", variable, out)
			}
		}
		if out := child("XPT_CPU=plain", "ATEN_CPU_CAPABILITY=avx2"); !strings.Contains(out, "libtorch's kernels \"default\"") {
			t.Errorf("XPT_CPU=plain leaves libtorch above it: %s", out)
		}
	}
}
