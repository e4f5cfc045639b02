// Package doctor reports what a machine computes with, tests it, and gives advice
// on what is missing.
package doctor

// #cgo CFLAGS: -I${SRCDIR}/../native
// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
	"unsafe"

	"xpt/internal/autotune"
	"xpt/internal/driver"
	"xpt/internal/kernels"
	"xpt/internal/setup"
	"xpt/libtorch"
)

// Report describes this machine: libtorch, CPU, GPUs and the results of the self-test.
type Report struct {
	Version  string            `json:"libtorch"`
	Folder   string            `json:"folder"`
	BLAS     string            `json:"blas"`
	OneDNN   string            `json:"onednn"` // "" where libtorch has none
	CPU      string            `json:"cpu"`
	Features []string          `json:"cpu_features"`
	Kernels  string            `json:"cpu_kernels"` // the instruction set of libtorch's own kernels
	Tier     string            `json:"tier"`        // of xpt's kernels
	TierWhy  string            `json:"tier_why"`
	Products autotune.Products `json:"products"`
	Cores    int               `json:"cores"`
	Threads  int               `json:"threads"`
	CUDA     string            `json:"cuda"`   // the release that libtorch was built for, and whether its libraries are there
	Driver   *driver.Driver    `json:"driver"` // null without one
	GPUs     int               `json:"gpus"`   // that libtorch can use
	NoGPU    string            `json:"no_gpu"` // why there is none
	Device   string            `json:"device"`
	DType    string            `json:"dtype"` // what auto chooses on Device
	Tests    []SelfTest        `json:"tests"`
	Advice   []string          `json:"advice"`
}

// Examine inspects the machine and runs the self-test on the device in float32 and in the dtype that auto chooses there.
// It fails only if the test cannot run, with all else in the report. A wrong result is in the report (see Err).
func Examine(dev libtorch.Device) (Report, error) {
	r := Report{
		Version: libtorch.Version(), Folder: libtorch.Folder(),
		CPU: kernels.CPUModel(), Features: features(kernels.CPUFlags()),
		Cores: runtime.NumCPU(), Threads: libtorch.Threads(), Device: dev.String(), Advice: []string{},
	}
	r.examineGPUs() // first: libtorch's words on itself look for CUDA, and none is seen that is loaded later
	config := libtorchConfig()
	r.OneDNN, r.Kernels = firstMatch(oneDNNRe, config), firstMatch(kernelsRe, config)
	r.Tier, r.TierWhy = kernels.Tier()
	var advice string
	var err error
	if r.Products, err = autotune.Read(); err != nil {
		r.advise("%v", err)
	}
	if r.BLAS, advice = blas(config); advice != "" {
		r.advise("%s", advice)
	}
	if r.Threads < r.Cores {
		r.advise("operations use %d of %d cores: --threads %d, and see whether OMP_NUM_THREADS is set", r.Threads, r.Cores, r.Cores)
	}
	if n := kernels.Threads(r.Threads); n < r.Threads {
		r.advise("attention, dropout and optimizer steps run on %d of %d threads: "+
			"this libtorch was built without GNU's OpenMP", n, r.Threads)
	}
	auto, err := libtorch.ParseDType("auto", dev)
	if err != nil {
		return r, err
	}
	r.DType = auto.String()
	for _, dtype := range slices.Compact([]libtorch.DType{libtorch.Float32, auto}) {
		test, err := selfTest(dev, dtype)
		if err != nil {
			if advice := afterFailure(err, dev); advice != "" {
				r.advise("%s", advice)
			}
			return r, err
		}
		r.Tests = append(r.Tests, test)
	}
	if last := r.Tests[len(r.Tests)-1]; last.GFLOPS < r.Tests[0].GFLOPS {
		r.advise("%s is slower than float32 with this libtorch: --dtype float32, or a newer libtorch (%s)",
			last.DType, setup.WheelVersion)
	}
	return r, nil
}

func (r *Report) advise(format string, args ...any) {
	r.Advice = append(r.Advice, fmt.Sprintf(format, args...))
}

// Err is the first wrong result of the self-test, or nil if all are right.
func (r Report) Err() error {
	for _, t := range r.Tests {
		if !t.Right {
			text := fmt.Sprintf("a matrix product in %s on %s is off by %.2g of its largest element", t.DType, t.Device, t.Error)
			return &libtorch.Error{Op: "self-test", Message: text}
		}
	}
	return nil
}

// SelfTest compares a matrix product with Go's arithmetic and times a larger one.
type SelfTest struct {
	Device string  `json:"device"`
	DType  string  `json:"dtype"`
	Right  bool    `json:"right"`
	Error  float64 `json:"error"` // largest difference, as a share of the largest element of the product
	GFLOPS float64 `json:"gflops"`
}

// afterFailure advises on a self-test that failed, by libtorch's words and CUDA's; "" where they say all.
func afterFailure(err error, dev libtorch.Device) string {
	switch message := err.Error(); {
	case strings.Contains(message, "the GPU is out of memory"):
		return fmt.Sprintf("the test on %s takes less than 1 GiB: another process has filled it, and nvidia-smi shows which", dev)
	case strings.Contains(message, "no kernel image"):
		return "this libtorch was compiled for GPUs of other compute capabilities: a torch of another release or CUDA may have this one"
	}
	return ""
}

// selfTest multiplies [48, 64] by [64, 80]. The elements are multiples of 1/8, which every dtype represents exactly.
// The float32 product must equal Go's to the last bit, other dtypes may differ by the rounding of their result.
func selfTest(dev libtorch.Device, dtype libtorch.DType) (SelfTest, error) {
	const m, k, n = 48, 64, 80
	test := SelfTest{Device: dev.String(), DType: dtype.String()}
	a, b := eighths(m*k, 3), eighths(k*n, 5)
	err := libtorch.NoGrad(dev, func(s *libtorch.Scope) error {
		x, y := s.To(s.Floats(a, m, k), dev, dtype), s.To(s.Floats(b, k, n), dev, dtype)
		got := s.Linear(x, s.Contiguous(s.Transpose(y, 0, 1)), nil).Float32s()
		largest, worst := 0.0, 0.0
		for i := range m {
			for j := range n {
				want := 0.0
				for l := range k {
					want += float64(a[i*k+l]) * float64(b[l*n+j])
				}
				largest = max(largest, math.Abs(want))
				difference := math.Abs(float64(got[i*n+j]) - want)
				if math.IsNaN(difference) {
					difference = math.Inf(1)
				}
				worst = max(worst, difference)
			}
		}
		test.Error = worst / largest
		tolerance := map[libtorch.DType]float64{libtorch.BFloat16: 1.0 / 256, libtorch.Float16: 1.0 / 2048}[dtype]
		test.Right = test.Error <= tolerance
		test.GFLOPS = speed(s, dev, dtype)
		return nil
	})
	return test, err
}

func eighths(n, step int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = float32((i*step)%17-8) / 8
	}
	return values
}

// speed is the best of five products of [1024, 1024], in GFLOP/s; on a GPU of larger ones.
func speed(s *libtorch.Scope, dev libtorch.Device, dtype libtorch.DType) float64 {
	n := productSize(dev, 1024)
	x := s.Zeros(dtype, n, n)
	best := math.Inf(1)
	for range 5 {
		start := time.Now()
		s.Do(func(in *libtorch.Scope) {
			in.Narrow(in.Linear(x, x, nil), 0, 0, 1).Float32s() // reading waits for a GPU
		})
		best = min(best, time.Since(start).Seconds())
	}
	return 2 * math.Pow(float64(n), 3) / best / 1e9
}

// libtorchConfig is libtorch's own description of its build and threads.
func libtorchConfig() string {
	text := C.xpt_torch_config()
	defer C.free(unsafe.Pointer(text))
	return C.GoString(text)
}

var (
	mklRe     = regexp.MustCompile(`Math Kernel Library Version (\S+?)(?:-Product)? `)
	oneDNNRe  = regexp.MustCompile(`MKL-DNN v(\S+)`)
	kernelsRe = regexp.MustCompile(`CPU capability usage: (.+)`)
	mappedRe  = regexp.MustCompile(`(?m)\S*/lib(?:open|nvpl_)?blas\S*$`)
)

// blas names the BLAS that libtorch uses. MKL is linked into libtorch, others are shared libraries.
func blas(config string) (name, advice string) {
	if version := firstMatch(mklRe, config); version != "" {
		return "MKL " + version, ""
	}
	maps, _ := os.ReadFile("/proc/self/maps")
	return setup.BLAS(string(mappedRe.Find(maps)))
}

func firstMatch(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return strings.TrimSpace(m[1])
	}
	return ""
}

// matrixFeatures are the CPU features that speed up matrix products, on x86 and on ARM.
var matrixFeatures = []string{
	"avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_bf16", "amx_int8",
	"asimd", "asimddp", "sve", "bf16", "i8mm",
}

func features(flags string) []string {
	have := strings.Fields(flags)
	found := []string{}
	for _, f := range matrixFeatures {
		if slices.Contains(have, f) {
			found = append(found, f)
		}
	}
	return found
}
