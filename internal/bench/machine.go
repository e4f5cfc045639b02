package bench

import (
	"fmt"
	"runtime"
	"strings"
	"time"

	"xpt/internal/kernels"
	"xpt/libtorch"
	"xpt/xglm"
)

// Machine describes the machine and the software of a measurement.
type Machine struct {
	Date     string             `json:"date"`
	CPU      string             `json:"cpu"`
	Cores    int                `json:"cores"`
	Threads  int                `json:"threads"`
	Device   string             `json:"device"`
	GPU      string             `json:"gpu,omitempty"` // its model
	LibTorch string             `json:"libtorch"`
	Peer     string             `json:"peer,omitempty"` // its versions
	Model    string             `json:"model"`
	Repeat   int                `json:"repeat"`
	GFLOPS   map[string]float64 `json:"gflops"`        // of large matrix products, by dtype
	GBs      float64            `json:"gbs,omitempty"` // of copies within a GPU's memory, reads and writes
}

// NewMachine describes this machine.
func NewMachine(device libtorch.Device, threads int) Machine {
	return Machine{Date: time.Now().Format(time.DateOnly), CPU: kernels.CPUModel(), Cores: runtime.NumCPU(),
		Threads: threads, Device: device.String(), GPU: device.Model(), LibTorch: libtorch.Version(), GFLOPS: map[string]float64{}}
}

// Describe states a model's size.
func Describe(c xglm.Config) string {
	return fmt.Sprintf("a model of %d million parameters in %d layers of width %d", (c.Parameters()+5e5)/1e6, c.NumLayers, c.DModel)
}

// String is the description on one line.
func (m Machine) String() string {
	var b strings.Builder
	device := m.Device
	if m.GPU != "" {
		device += ", " + m.GPU
	}
	fmt.Fprintf(&b, "%s: %s (cores: %d, threads: %d, device: %s); %s; libtorch %s",
		m.Date, m.CPU, m.Cores, m.Threads, device, m.Model, m.LibTorch)
	switch {
	case m.Repeat == 1:
		b.WriteString("; one process of each side")
	case m.Repeat > 1:
		fmt.Fprintf(&b, "; medians over %d processes of each side", m.Repeat)
	}
	if m.Peer != "" {
		fmt.Fprintf(&b, "; the peer: %s", m.Peer)
	}
	for _, dtype := range []string{"float32", "bfloat16", "float16"} {
		switch rate := m.GFLOPS[dtype]; {
		case rate >= 1e4:
			fmt.Fprintf(&b, "; %s: %.0f TFLOP/s", dtype, rate/1e3)
		case rate > 0:
			fmt.Fprintf(&b, "; %s: %.0f GFLOP/s", dtype, rate)
		}
	}
	if m.GBs > 0 {
		fmt.Fprintf(&b, "; copies in GPU memory: %.0f GB/s; GB: of tensors on the GPU", m.GBs)
	}
	return b.String()
}
