package setup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// nvidia is an NVIDIA package with a library that libtorch_cpu.so needs in a build for GPUs; since release 1.13 there are
// only these.
type nvidia struct{ library, wheel, extra string } // prefix of the library's name, and cuda-toolkit's extra for the wheel

var nvidiaPackages = []nvidia{
	{"libcudart", "nvidia-cuda-runtime", "cudart"},
	{"libcupti", "nvidia-cuda-cupti", "cupti"},
}

func packageOf(library string) (nvidia, bool) {
	i := slices.IndexFunc(nvidiaPackages, func(p nvidia) bool { return strings.HasPrefix(library, p.library) })
	if i < 0 {
		return nvidia{}, false
	}
	return nvidiaPackages[i], true
}

// lacking is the error of a libtorch without NVIDIA's libraries; it ends with the command that installs them.
type lacking struct{ what, install string }

func (e *lacking) Error() string { return e.what + ": " + e.install }

// checkNeeded refuses a libtorch without NVIDIA's libraries, which would fail only after the compilation.
func checkNeeded(t Torch) error {
	missing, err := missingLibraries(cpuLibrary, t.Libs, isPackaged, systemHas)
	if err != nil || len(missing) == 0 {
		return err
	}
	site := filepath.Dir(t.Root)
	return &lacking{
		fmt.Sprintf("libtorch %s in %s lacks %s", t.Version, t.Root, strings.Join(missing, " and ")),
		fmt.Sprintf("python3 -m pip install --target '%s' %s", site, strings.Join(wheelsOf(missing, requirements(site, t.Version)), " ")),
	}
}

func isPackaged(library string) bool {
	_, ok := packageOf(library)
	return ok
}

// missingLibraries lists the libraries of a kind that a library links, directly or indirectly, and that are neither in the
// folders nor in the system.
func missingLibraries(of string, folders []string, kind, system func(library string) bool) ([]string, error) {
	queue, seen := []string{of}, map[string]bool{}
	var missing []string
	for ; len(queue) > 0; queue = queue[1:] {
		library := queue[0]
		if seen[library] {
			continue
		}
		seen[library] = true
		if i := slices.IndexFunc(folders, func(dir string) bool { return exists(filepath.Join(dir, library)) }); i >= 0 {
			more, err := needed(filepath.Join(folders[i], library))
			if err != nil {
				return nil, err
			}
			queue = append(queue, more...)
		} else if kind(library) && !system(library) {
			missing = append(missing, library)
		}
	}
	return missing, nil
}

// systemHas tells whether the loader finds a library in the system.
func systemHas(library string) bool {
	cache, _ := os.ReadFile("/etc/ld.so.cache") // of ldconfig, with plain paths
	has := func(dir string) bool { return exists(filepath.Join(dir, library)) }
	return bytes.Contains(cache, []byte("/"+library+"\x00")) ||
		slices.ContainsFunc(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), has)
}

// requirement is a wheel's pinned requirement: nvidia-cuda-runtime 13.0.96.
type requirement struct{ name, version string }

// PEP 508, or the older form with parentheses around the version.
var requirementRe = regexp.MustCompile(`(?m)^Requires-Dist: ([\w.-]+)(?:\[[^\]]*\])? *\(?==([\w.+]+)`)

// requirements reads the requirements of the torch in a Python's folder site; none without metadata.
func requirements(site string, v Version) []requirement {
	files, _ := filepath.Glob(filepath.Join(site, "torch-"+v.String()+"*.dist-info", "METADATA"))
	var found []requirement
	for _, name := range files {
		text, _ := os.ReadFile(name)
		for _, m := range requirementRe.FindAllStringSubmatch(string(text), -1) {
			found = append(found, requirement{m[1], m[2]})
		}
	}
	return found
}

// wheelsOf returns pip's arguments for the packages of the missing libraries: in the required version (by cuda-toolkit since
// 2.11), or the newest of the CUDA release in the library's name.
func wheelsOf(missing []string, required []requirement) []string {
	version := func(fits func(name string) bool) (requirement, bool) {
		i := slices.IndexFunc(required, func(r requirement) bool { return fits(r.name) })
		if i < 0 {
			return requirement{}, false
		}
		return required[i], true
	}
	var list, extras []string
	toolkit, hasToolkit := version(func(name string) bool { return name == "cuda-toolkit" })
	for _, library := range missing {
		p, _ := packageOf(library)
		exact, ok := version(func(name string) bool { return name == p.wheel || strings.HasPrefix(name, p.wheel+"-cu") })
		switch {
		case ok:
			list = append(list, exact.name+"=="+exact.version)
		case hasToolkit:
			extras = append(extras, p.extra)
		default:
			list = append(list, newest(p.wheel, library))
		}
	}
	if len(extras) > 0 {
		list = append(list, fmt.Sprintf("'cuda-toolkit[%s]==%s'", strings.Join(extras, ","), toolkit.version))
	}
	return list
}

// newest is the newest wheel of a CUDA release: nvidia-cuda-runtime-cu12 for libcudart.so.12; since 13 by the version.
func newest(wheel, library string) string {
	_, version, _ := strings.Cut(library, ".so.")
	cuda, _, _ := strings.Cut(version, ".")
	if cuda == "11" || cuda == "12" {
		return wheel + "-cu" + cuda
	}
	return fmt.Sprintf("'%s==%s.*'", wheel, cuda)
}
