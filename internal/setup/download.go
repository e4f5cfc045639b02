package setup

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"xpt/internal/disk"
)

// WheelVersion is the libtorch that is downloaded if none is found.
const WheelVersion = "2.15.0"

// The wheels that libtorch_cpu.so needs: torch, and two small CUDA libraries that it links even without a GPU.
var wheels = []string{"torch==" + WheelVersion, "nvidia-cuda-runtime==13.2.75", "nvidia-cuda-cupti==13.2.86"}

// The manylinux tags of the wheels.
var platforms = []string{"manylinux_2_28_", "manylinux2014_", "manylinux_2_25_"}

const downloadBytes = 2 << 30 // the wheels (0.55 GB), once more in pip's cache, and what is unpacked (0.55 GB)

// download downloads the wheels with pip and unpacks into dir the headers and the libraries that libtorch_cpu.so needs. dir
// appears atomically; concurrent set-ups download once.
func download(dir string, log io.Writer) error {
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("make a folder for libtorch: %w", err)
	}
	unlock, err := Lock(dir+".lock", log)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := Open(dir); err == nil { // by another set-up
		return nil
	}
	if err := checkDisk(parent, downloadBytes); err != nil {
		return err
	}
	pip, err := findPip()
	if err != nil {
		return err
	}
	temp := dir + ".tmp"
	if err := os.RemoveAll(temp); err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	got := filepath.Join(temp, "wheels")
	if err := os.MkdirAll(got, 0o755); err != nil {
		return err
	}
	if err := runPip(pip, got, log, fmt.Sprintf("downloading libtorch %s from PyPI (550 MB) into %s", WheelVersion, dir)); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(got, "*.whl"))
	if err != nil {
		return err
	}
	defer Progress(log, "unpacking libtorch")()
	unpacked := filepath.Join(temp, "unpacked")
	if err := unpack(files, unpacked, cpuLibrary); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil { // an unusable libtorch
		return err
	}
	return os.Rename(unpacked, dir)
}

// findPip returns the command line of a pip that runs.
func findPip() ([]string, error) {
	for _, pip := range [][]string{{"python3", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if exec.Command(pip[0], append(pip[1:], "--version")...).Run() == nil {
			return pip, nil
		}
	}
	return nil, fmt.Errorf("no libtorch was found, and there is no pip to download one: "+
		"install pip (Debian: apt-get install python3-pip), or set %s to the folder of a libtorch", Variable)
}

func runPip(pip []string, dir string, log io.Writer, what string) error {
	if isTerminal(log) { // pip shows its own progress bar
		fmt.Fprintln(log, what)
	} else {
		defer Progress(log, what)()
	}
	args := append(pip[1:], "download", "--no-deps", "--only-binary=:all:", "--python-version", "3.11",
		"--disable-pip-version-check", "--dest", dir)
	for _, p := range platforms {
		args = append(args, "--platform", p+machine())
	}
	cmd := Command(context.Background(), pip[0], append(args, wheels...)...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), "TMPDIR="+dir) // /tmp is often small, and in memory
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pip could not download %s (%w): check the network and pip's settings, or set %s to the folder of a libtorch",
			wheels[0], err, Variable)
	}
	return nil
}

// isTerminal checks the type of the device: the set-up uses only the standard library, so that an importer's go.sum suffices.
func isTerminal(log io.Writer) bool {
	f, ok := log.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func checkDisk(dir string, want uint64) error {
	free, _, err := disk.Free(dir)
	if err != nil {
		return err
	}
	if free < float64(want) {
		return fmt.Errorf("%s has %.1f GB free and libtorch needs %.1f GB: make room, or set %s to the folder of a libtorch",
			dir, free/1e9, float64(want)/1e9, Variable)
	}
	return nil
}
