package doctor

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"xpt/libtorch"
)

func TestExamine(t *testing.T) {
	r, err := Examine(libtorch.CPU)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	if r.Version != libtorch.Version() || r.Folder == "" || r.BLAS == "" || r.CPU == "" || r.Cores < 1 || r.Threads < 1 || len(r.Features) == 0 || r.Tier == "" || r.TierWhy == "" {
		t.Errorf("something is unknown: %+v", r)
	}
	if r.Tests[0].DType != "float32" || r.Tests[0].Error != 0 || r.Tests[len(r.Tests)-1].DType != r.DType {
		t.Errorf("tests %+v; want float32, exact, and %s", r.Tests, r.DType)
	}
	for _, test := range r.Tests {
		if test.GFLOPS <= 0 {
			t.Errorf("%s: %g GFLOP/s", test.DType, test.GFLOPS)
		}
	}
	r.Tests[0].Right = false
	if err := r.Err(); err == nil || !strings.Contains(err.Error(), "float32 on cpu") {
		t.Errorf("a wrong product gives the error %v", err)
	}
}

func TestConfigIsRead(t *testing.T) {
	const config = `  - Intel(R) oneAPI Math Kernel Library Version 2024.2-Product Build 20240605 for Intel(R) 64
  - Intel(R) MKL-DNN v3.13.3 (Git Hash b38f)
  - CPU capability usage: AVX512
`
	if name, advice := blas(config); name != "MKL 2024.2" || advice != "" {
		t.Errorf("BLAS %q, %q", name, advice)
	}
	if got := firstMatch(oneDNNRe, config); got != "3.13.3" {
		t.Errorf("oneDNN %q", got)
	}
	if got := firstMatch(kernelsRe, config); got != "AVX512" {
		t.Errorf("kernels %q", got)
	}
	if got := firstMatch(oneDNNRe, "nothing"); got != "" {
		t.Errorf("oneDNN %q where there is none", got)
	}
	maps := "7f00-7f01 r--p 00000000 fe:00 15 /lib/libc.so.6\n7f02-7f03 r-xp 0 fe:00 16    /lib/openblas-pthread/libopenblasp-r0.3.21.so\n"
	if got := mappedRe.FindString(maps); got != "/lib/openblas-pthread/libopenblasp-r0.3.21.so" {
		t.Errorf("mapped BLAS %q", got)
	}
}

func TestFeatures(t *testing.T) {
	if got := features("fpu amx_bf16 sse avx2 avx512_bf16"); !slices.Equal(got, []string{"avx2", "avx512_bf16", "amx_bf16"}) {
		t.Errorf("got %q", got)
	}
}

// A GPU that others have filled gets other advice than smaller batches, and one of another generation too.
func TestAfterFailure(t *testing.T) {
	for message, want := range map[string]string{
		"libtorch: zeros: the GPU is out of memory: 256.00 MiB more were asked for, and 2.00 MiB of 79.25 GiB are free: lower --batch-size": "nvidia-smi",
		"libtorch: linear: CUDA error: no kernel image is available for execution on the device":                                            "compute capabilities",
		"libtorch: linear: CUDA error: an illegal memory access was encountered":                                                            "",
	} {
		if got := afterFailure(errors.New(message), libtorch.CUDA(1)); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q in it", message, got, want)
		}
	}
}
