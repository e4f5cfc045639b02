package setup

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// Variable is the environment variable for the folder of a libtorch.
const Variable = "XPT_LIBTORCH"

// Places are the places of a libtorch, in Find's order.
type Places struct {
	Named    string                      // the value of XPT_LIBTORCH
	Python   func() (dir, python string) // the torch package of the active Python, or ""
	Unpacked string                      // the folder of downloaded libtorchs
	Download func(dir string) error      // fills Unpacked
	System   string                      // the prefix of the distribution's packages
	Log      io.Writer                   // for places that were skipped, with the reason
}

// Machine returns the Places of this machine; folder is for downloads.
func Machine(folder, named string, log io.Writer) Places {
	return Places{
		Named:    named,
		Python:   pythonTorch,
		Unpacked: folder,
		Download: func(dir string) error { return download(dir, log) },
		System:   "/usr",
		Log:      log,
	}
}

// Find returns the first usable libtorch in the order of Places. An unusable folder that the user named is an error; other
// places are skipped with a line in the log. The distribution's package comes last, if a download fails.
func Find(p Places) (Torch, error) {
	t, err := p.find()
	if err != nil {
		return t, err
	}
	if advice := blasAdvice(t.Libs[0]); advice != "" {
		fmt.Fprintln(p.Log, "warning:", advice)
	}
	return t, nil
}

func (p Places) find() (Torch, error) {
	if p.Named != "" {
		t, err := Open(p.Named)
		var l *lacking
		if errors.As(err, &l) { // states a remedy
			return t, fmt.Errorf("%s=%s: %w", Variable, p.Named, err)
		}
		if err != nil {
			return t, fmt.Errorf("%s=%s: %w; name another folder, or unset it to have libtorch %s found or downloaded",
				Variable, p.Named, err, WheelVersion)
		}
		t.Why = "named by " + Variable
		return t, nil
	}
	if dir, python := p.Python(); dir != "" {
		if t, ok := p.try(dir); ok {
			t.Why = "the torch of " + python
			return t, nil
		}
	}
	unpacked := filepath.Join(p.Unpacked, WheelVersion)
	if t, ok := p.try(unpacked); ok {
		t.Why = "unpacked by an earlier set-up"
		return t, nil
	}
	failed := p.Download(unpacked)
	if failed == nil {
		if HasNVIDIA() {
			fmt.Fprintf(p.Log, "note: what was downloaded is for the CPU; to use the GPU too, "+
				"activate a Python environment with torch==%s and repeat this\n", WheelVersion)
		}
		t, err := Open(unpacked)
		t.Why = "downloaded from PyPI, as no other was found"
		return t, err
	}
	if t, err := Open(p.System); err == nil {
		fmt.Fprintf(p.Log, "could not download libtorch: %v\n", failed)
		t.Why = "the distribution's package, as no other was found or could be downloaded"
		return t, nil
	}
	return Torch{}, failed
}

func (p Places) try(dir string) (Torch, bool) {
	t, err := Open(dir)
	if err != nil && !errors.Is(err, errNoTorch) {
		fmt.Fprintf(p.Log, "passed over: %v\n", err)
	}
	return t, err == nil
}

// findTorch prints the folder of the package torch without importing it, which takes seconds.
const findTorch = `import importlib.util as u
s = u.find_spec("torch")
print(list(s.submodule_search_locations)[0] if s and s.submodule_search_locations else "")`

func pythonTorch() (dir, python string) {
	for _, name := range []string{"python3", "python"} {
		python, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		cmd := exec.Command(python, "-c", findTorch)
		cmd.Dir = "/" // Python searches the working folder first, which may have a folder torch
		out, err := cmd.Output()
		if err != nil {
			continue
		}
		return strings.TrimSpace(string(out)), python
	}
	return "", ""
}
