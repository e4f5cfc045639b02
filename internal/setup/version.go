package setup

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
)

// Version is a libtorch release, such as 2.15.0.
type Version struct{ Major, Minor, Patch int }

// The range of libtorch releases that gotch's wrappers can be fitted to.
var (
	Oldest = Version{1, 13, 0}
	Newest = Version{2, 15, 0}
)

func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Supported reports whether v lies in Oldest to Newest; patch releases do not matter.
func (v Version) Supported() bool {
	minor := v.Major*1000 + v.Minor
	return minor >= Oldest.Major*1000+Oldest.Minor && minor <= Newest.Major*1000+Newest.Minor
}

// The header with the version: torch/headeronly since 2.9, before in the C++ API's folder.
var versionHeaders = []string{
	"torch/headeronly/version.h",
	"torch/csrc/api/include/torch/version.h",
}

var versionRe = regexp.MustCompile(`(?m)^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) (\d+)`)

// headerVersion reads the libtorch version from the headers in the include folder.
func headerVersion(include string) (Version, error) {
	for _, name := range versionHeaders {
		text, err := os.ReadFile(filepath.Join(include, name))
		if err != nil {
			continue
		}
		if v, ok := parseVersion(string(text)); ok {
			return v, nil
		}
	}
	return Version{}, fmt.Errorf("no libtorch version in %s: torch/version.h is missing or has no TORCH_VERSION_MAJOR", include)
}

func parseVersion(header string) (Version, bool) {
	parts := map[string]int{}
	for _, m := range versionRe.FindAllStringSubmatch(header, -1) {
		parts[m[1]], _ = strconv.Atoi(m[2])
	}
	return Version{parts["MAJOR"], parts["MINOR"], parts["PATCH"]}, len(parts) == 3
}

var standardRe = regexp.MustCompile(`__cplusplus < (\d{4})\d\dL`)

// headerStandard is the C++ standard of torch/all.h, "c++17" or "c++20"; 1.13 requires less and builds as c++17.
func headerStandard(include string) (string, error) {
	name := filepath.Join(include, "torch/csrc/api/include/torch/all.h")
	text, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("the headers of the C++ API are missing: %w", err)
	}
	m := standardRe.FindStringSubmatch(string(text))
	if m != nil && m[1] >= "2020" {
		return "c++20", nil
	}
	return "c++17", nil
}
