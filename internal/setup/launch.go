package setup

import (
	"bytes"
	"cmp"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// builtSection is the section of a program's file with the version of the libtorch that it was compiled for (shim.cpp).
const builtSection = "xpt_libtorch"

// Program is a compiled xpt: what it needs of a libtorch, read from its file.
type Program struct {
	Path    string
	Built   Version
	runPath []string // folders that its loader searches, those that are gone too
}

// OpenProgram reads a program's file without running it.
func OpenProgram(path string) (p Program, err error) {
	p.Path = path
	f, err := elf.Open(path)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return p, err
	}
	if err != nil { // which names no file
		return p, fmt.Errorf("%s is no whole program: make build makes it anew (%w)", path, err)
	}
	defer f.Close()
	section := f.Section(builtSection)
	if section == nil {
		return p, fmt.Errorf("%s says of no libtorch that it was built for it: make build makes it anew", path)
	}
	text, err := section.Data()
	if err != nil {
		return p, err
	}
	if _, err := fmt.Sscanf(string(bytes.TrimRight(text, "\x00")), "%d.%d.%d", &p.Built.Major, &p.Built.Minor, &p.Built.Patch); err != nil {
		return p, fmt.Errorf("%s: the libtorch that it was built for is %q: make build makes it anew", path, text)
	}
	dirs, err := f.DynString(elf.DT_RUNPATH)
	for _, list := range dirs {
		p.runPath = append(p.runPath, strings.Split(list, ":")...)
	}
	return p, err
}

// Place is a place that was searched for a libtorch, and what was found there.
type Place struct{ Where, What string }

// Libtorch returns the folder to put first in LD_LIBRARY_PATH for the program to find a libtorch of its release; empty where
// its loader finds one without. The order is XPT_LIBTORCH, LD_LIBRARY_PATH, where it was built, the system, the active
// Python. The error is a line that says what is missing and how to get it; searched has the places.
func (p Program) Libtorch() (lib string, searched []Place, err error) {
	if named := os.Getenv(Variable); named != "" {
		lib, ok := libraryFolder(named)
		if ok = ok && len(p.runPath) > 0 && sameFolder(lib, p.runPath[0]); ok { // which needs no reading of libraries
			lib, err = "", errors.Join(p.checkFolder(lib), p.checkRunPath())
		} else {
			lib, err = p.fits(named)
		}
		if err != nil {
			return "", []Place{{Variable, err.Error()}}, fmt.Errorf("%s: %w: name another folder, or unset it", Variable, err)
		}
		return lib, nil, nil
	}
	searched = []Place{{Variable, "not set"}}
	var wrong error // of the first libtorch that does not fit
	fits := func(where string, err error) bool {
		if err != nil {
			searched = append(searched, Place{where, err.Error()})
			wrong = cmp.Or(wrong, err)
		}
		return err == nil
	}
	for _, dir := range withLibtorch(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))) {
		if fits("LD_LIBRARY_PATH", p.checkFolder(dir)) {
			return "", nil, nil
		}
	}
	built := withLibtorch(p.runPath)
	for _, dir := range built {
		if fits("where it was built", errors.Join(p.checkFolder(dir), p.checkRunPath())) {
			if wrong != nil { // the loader would take that of LD_LIBRARY_PATH
				return dir, nil, nil
			}
			return "", nil, nil
		}
	}
	if built == nil {
		searched = append(searched, Place{"where it was built", "no longer in " + strings.Join(p.runPath, ":")})
		if wrong == nil && systemHas(cpuLibrary) {
			return "", nil, nil
		}
		searched = append(searched, Place{"the system", "none"})
	}
	dir, python := pythonTorch()
	if dir == "" {
		searched = append(searched, Place{"the active Python", "no torch"})
	} else if lib, err := p.fits(dir); fits("the torch of "+python, err) {
		return lib, nil, nil
	}
	wrong = cmp.Or(wrong, fmt.Errorf("libtorch %s is missing", p.Built))
	return "", searched, fmt.Errorf("%w: %s", wrong, p.Remedy())
}

// withLibtorch is the first of the folders that has a libtorch, which is the loader's.
func withLibtorch(dirs []string) []string {
	for _, dir := range dirs {
		if exists(filepath.Join(dir, cpuLibrary)) {
			return []string{dir}
		}
	}
	return nil
}

// Remedy says how to get a libtorch that fits.
func (p Program) Remedy() string {
	return fmt.Sprintf("python3 -m pip install torch==%s gets it, %s=DIR names a folder that has it, and make build in a clone builds for another", p.Built, Variable)
}

// fits returns the library folder of the libtorch in dir, where the program can run on it.
func (p Program) fits(dir string) (lib string, err error) {
	t, err := Open(dir)
	if wrong := p.checkVersion(t.Version, t.Root); t.Version != (Version{}) && wrong != nil { // whatever else it lacks
		return "", wrong
	}
	if err != nil {
		return "", err
	}
	return t.Libs[0], nil
}

// checkFolder checks a folder of libraries that the loader is going to take; one without headers is taken as it is.
func (p Program) checkFolder(lib string) error {
	for _, include := range []string{"../include", "../../include"} {
		if v, err := headerVersion(filepath.Join(lib, include)); err == nil {
			return p.checkVersion(v, lib)
		}
	}
	return nil
}

func (p Program) checkVersion(v Version, place string) error {
	if v.Major != p.Built.Major || v.Minor != p.Built.Minor {
		return fmt.Errorf("libtorch %s in %s is not the %d.%d that this xpt was built for", v, place, p.Built.Major, p.Built.Minor)
	}
	return nil
}

// checkRunPath looks for NVIDIA's libraries where one of their folders is gone. Reading them takes longer than all else.
func (p Program) checkRunPath() error {
	if !slices.ContainsFunc(p.runPath, func(dir string) bool { return !exists(dir) }) {
		return nil
	}
	missing, err := missingLibraries(cpuLibrary, p.runPath, isPackaged, systemHas)
	if err == nil && missing != nil {
		err = fmt.Errorf("libtorch in %s lacks %s", p.runPath[0], strings.Join(missing, " and "))
	}
	return err
}

func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}
