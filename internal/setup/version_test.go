package setup

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSupported(t *testing.T) {
	for _, c := range []struct {
		version Version
		want    bool
	}{
		{Version{1, 12, 1}, false},
		{Version{1, 13, 0}, true},
		{Version{1, 13, 1}, true},
		{Version{2, 0, 0}, true},
		{Version{2, 1, 2}, true},
		{Version{2, 15, 0}, true},
		{Version{2, 15, 3}, true},
		{Version{2, 16, 0}, false},
		{Version{3, 0, 0}, false},
	} {
		if got := c.version.Supported(); got != c.want {
			t.Errorf("%s supported: %v, want %v", c.version, got, c.want)
		}
	}
}

const versionHeader = `#pragma once
/// Indicates the major version of LibTorch.
#define TORCH_VERSION_MAJOR 2

#define TORCH_VERSION_MINOR 15
#define TORCH_VERSION_PATCH 1
#define TORCH_VERSION \
  "2.15.1"
`

func TestParseVersion(t *testing.T) {
	if got, ok := parseVersion(versionHeader); !ok || got != (Version{2, 15, 1}) {
		t.Errorf("got %v, %v", got, ok)
	}
	for _, text := range []string{"", "#define TORCH_VERSION_MAJOR 2\n", "#include <torch/headeronly/version.h>\n"} {
		if got, ok := parseVersion(text); ok {
			t.Errorf("%q gives version %v", text, got)
		}
	}
}

func TestHeaderVersionFollowsTheHeaderThatHasIt(t *testing.T) {
	include := t.TempDir()
	write(t, include, "torch/csrc/api/include/torch/version.h", "#include <torch/headeronly/version.h>\n")
	if v, err := headerVersion(include); err == nil {
		t.Errorf("a header without a version gives %v", v)
	}
	write(t, include, "torch/headeronly/version.h", versionHeader)
	if v, err := headerVersion(include); err != nil || v != (Version{2, 15, 1}) {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestHeaderStandard(t *testing.T) {
	for text, want := range map[string]string{
		"#if !defined(_MSC_VER) && __cplusplus < 201402L\n":     "c++17",
		"#if !defined(_MSC_VER) && __cplusplus < 201703L\n":     "c++17",
		"    (!defined(_MSVC_LANG) && __cplusplus < 202002L)\n": "c++20",
		"no condition at all":                                   "c++17",
	} {
		include := t.TempDir()
		write(t, include, "torch/csrc/api/include/torch/all.h", text)
		if got, err := headerStandard(include); err != nil || got != want {
			t.Errorf("%q: %s, %v; want %s", text, got, err, want)
		}
	}
	if _, err := headerStandard(t.TempDir()); err == nil {
		t.Error("no headers and no error")
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
