package setup

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// Variable names the environment variable that holds a libtorch folder of the user's choice.
const Variable = "XPT_LIBTORCH"

// Places are what Find looks at, in this order; a test fills them with folders of its own.
type Places struct {
	Named    string                      // the value of XPT_LIBTORCH
	Python   func() (dir, python string) // the torch package of the active Python, or ""
	Unpacked string                      // the folder of what an earlier set-up downloaded
	Download func(dir string) error      // fills Unpacked
	System   string                      // the prefix of the distribution's packages
	Log      io.Writer                   // what was passed over, and why
}

// Machine is the Places of this machine, with the folder for a libtorch that must be downloaded.
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

// Find returns the first libtorch in the order of Places. A folder that the user named must do; the others are passed
// over, with a line in the log, where they are not supported. The distribution's package is last: it is used only where
// nothing can be downloaded.
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
		if errors.As(err, &l) { // it says itself what to do
			return t, fmt.Errorf("%s=%s: %w", Variable, p.Named, err)
		}
		if err != nil {
			return t, fmt.Errorf("%s=%s: %w; name another folder, or unset it to have libtorch %s found or downloaded", Variable, p.Named, err, WheelVersion)
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
		if exists("/dev/nvidia0") {
			fmt.Fprintf(p.Log, "note: what was downloaded is for the CPU; to use the GPU too, activate a Python environment with torch==%s and repeat this\n", WheelVersion)
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

// findTorch prints where the package torch lies, without importing it: that takes seconds.
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
		cmd.Dir = "/" // Python searches the working folder first, and a folder named torch there is not the package
		out, err := cmd.Output()
		if err != nil {
			continue
		}
		return strings.TrimSpace(string(out)), python
	}
	return "", ""
}
