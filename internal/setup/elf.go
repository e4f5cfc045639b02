package setup

import (
	"debug/elf"
	"fmt"
	"path/filepath"
	"strings"
)

// architecture names the processors that a library is for, as the kernel and Python wheels do.
func architecture(library string) (string, error) {
	f, err := elf.Open(library)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", library, err)
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

// cxx11ABI tells from the symbols of libc10.so whether it was compiled with _GLIBCXX_USE_CXX11_ABI=1: the constructors
// of c10::Error then take a std::__cxx11::basic_string.
func cxx11ABI(libc10 string) (bool, error) {
	f, err := elf.Open(libc10)
	if err != nil {
		return false, fmt.Errorf("read %s: %w", libc10, err)
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

// runPaths lists the folders that exist among those where a shared library tells the loader to look for what it needs;
// in a wheel from PyPI these are the NVIDIA packages beside torch.
func runPaths(library string) ([]string, error) {
	f, err := elf.Open(library)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", library, err)
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

// needed lists the shared libraries that a library asks for by name.
func needed(library string) ([]string, error) {
	f, err := elf.Open(library)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", library, err)
	}
	defer f.Close()
	return f.ImportedLibraries()
}
