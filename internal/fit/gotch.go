package fit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xpt/internal/setup"
)

const gotchPath = "github.com/sugarme/gotch"

// module is gotch in the module cache.
type module struct{ Dir, Version, Sum string }

// gotchModule returns the gotch of repo's go.mod; it downloads it if the module cache lacks it.
func gotchModule(repo string) (module, error) {
	out, err := goCommand(repo, "mod", "download", "-json", gotchPath)
	if err != nil {
		return module{}, fmt.Errorf("get gotch: %w", err)
	}
	var m module
	if err := json.Unmarshal([]byte(out), &m); err != nil {
		return module{}, fmt.Errorf("get gotch: go mod download printed %q: %w", out, err)
	}
	return m, nil
}

// withoutWorkspace is this process's environment without a workspace, which may name a missing copy of gotch.
func withoutWorkspace() []string { return append(os.Environ(), "GOWORK=off") }

// goCommand runs go in dir, without a workspace, and returns its output.
func goCommand(dir string, args ...string) (string, error) {
	return goRun(dir, withoutWorkspace(), args...)
}

func goRun(dir string, env []string, args ...string) (string, error) {
	cmd := setup.Command(context.Background(), "go", args...)
	cmd.Dir = dir
	cmd.Env = env
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errs.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// Folders of gotch that are not part of the library, 95 % of its size.
var leftOut = map[string]bool{"example": true, "gen": true}

// copyModule copies gotch to a new folder with writable files.
func copyModule(from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if leftOut[rel] {
				return filepath.SkipDir
			}
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), text, 0o644)
	})
}

// linkFile replaces gotch's build flags, which name a libtorch inside gotch and CUDA libraries.
func linkFile(copied, text string) error {
	return correct("build flags", copied, "libtch/lib.go", func(old string) (string, error) {
		if !strings.Contains(old, "#cgo LDFLAGS: ") {
			return "", errors.New(`correction "build flags" finds no #cgo LDFLAGS in gotch's libtch/lib.go: ` +
				`gotch is not the release that the fit knows`)
		}
		return text, nil
	})
}
