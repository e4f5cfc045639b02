package setup

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// openELF opens a library; the error names it.
func openELF(library string) (*elf.File, error) {
	f, err := elf.Open(library)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // the sections' headers are at its end
		return nil, fmt.Errorf("%s is cut short: install torch again", library)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", library, err)
	}
	return f, nil
}

// architecture names a library's processor architecture as the kernel and Python wheels do.
func architecture(library string) (string, error) {
	f, err := openELF(library)
	if err != nil {
		return "", err
	}
	defer f.Close()
	switch f.Machine {
	case elf.EM_X86_64:
		return "x86_64", nil
	case elf.EM_AARCH64:
		return "aarch64", nil
	}
	return f.Machine.String(), nil
}

// cxx11ABI tells whether libc10.so was compiled with _GLIBCXX_USE_CXX11_ABI=1: then the constructors of c10::Error take a
// std::__cxx11::basic_string.
func cxx11ABI(libc10 string) (bool, error) {
	f, err := openELF(libc10)
	if err != nil {
		return false, err
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		return false, fmt.Errorf("read the symbols of %s: %w", libc10, err)
	}
	var names []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			names = append(names, s.Name)
		}
	}
	abi, ok := abiOf(names)
	if !ok {
		return false, fmt.Errorf("%s defines no c10::Error: not a libc10 of libtorch", libc10)
	}
	return abi, nil
}

func abiOf(symbols []string) (cxx11, ok bool) {
	for _, name := range symbols {
		if !strings.HasPrefix(name, "_ZN3c105ErrorC") {
			continue
		}
		ok = true
		if strings.Contains(name, "__cxx11") {
			return true, true
		}
	}
	return false, ok
}

// runPaths lists the existing folders of a library's run path; in a wheel these are the NVIDIA packages beside torch.
func runPaths(library string) ([]string, error) {
	f, err := openELF(library)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var dirs []string
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		values, err := f.DynString(tag)
		if err != nil {
			return nil, fmt.Errorf("read the run path of %s: %w", library, err)
		}
		for _, v := range values {
			dirs = append(dirs, strings.Split(v, ":")...)
		}
	}
	return expandRunPaths(dirs, filepath.Dir(library)), nil
}

func expandRunPaths(dirs []string, origin string) []string {
	var found []string
	for _, dir := range dirs {
		dir = filepath.Clean(strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(dir))
		if filepath.IsAbs(dir) && dir != origin && exists(dir) {
			found = append(found, dir)
		}
	}
	return found
}

// needed lists the shared libraries that a library links.
func needed(library string) ([]string, error) {
	f, err := openELF(library)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.ImportedLibraries()
}
