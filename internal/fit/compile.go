package fit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"

	"xpt/internal/setup"
)

const maxPasses = 5 // errors may hide others; usually one pass finds all

// stubMissing checks gotch's C++ wrappers against libtorch with -fsyntax-only, and replaces each wrapper that does not
// compile by a stub. It returns a line for each stubbed operation, with the error.
func stubMissing(copied string, c compiler, flags []string) (missing []string, err error) {
	folder := filepath.Join(copied, "libtch")
	name := filepath.Join(folder, generated)
	for range maxPasses {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		lines := strings.Split(string(text), "\n")
		blocks, err := splitBlocks(lines)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", generated, err)
		}
		output, err := c.check(folder, flags)
		if err != nil {
			return nil, err
		}
		if output == "" {
			sort.Strings(missing)
			return missing, nil
		}
		bad, err := attribute(output, blocks)
		if err != nil {
			return nil, err
		}
		for i, why := range bad {
			missing = append(missing, blocks[i].name+"\t"+why)
			stub(lines, blocks[i])
		}
		if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("gotch's wrappers still do not compile after %d passes", maxPasses)
}

// compiler is the C++ compiler and the C compiler of cgo.
type compiler struct {
	cc      string
	command []string
	version string // first line of --version
}

// findCompiler returns the compiler of go env, by default g++.
func findCompiler() (compiler, error) {
	out, err := goCommand("", "env", "CC", "CXX")
	if err != nil {
		return compiler{}, err
	}
	cc, cxx, _ := strings.Cut(out, "\n")
	c := compiler{cc: cc, command: strings.Fields(cxx)}
	if len(c.command) == 0 {
		c.command = []string{"g++"}
	}
	version, err := exec.Command(c.command[0], append(c.command[1:], "--version")...).Output()
	if err != nil {
		return c, fmt.Errorf("no C++ compiler: %s does not run (%w): install g++ (Debian: apt-get install g++)", c.command[0], err)
	}
	c.version = head(string(version), 1)
	return c, nil
}

// check returns the compiler's errors in torch_api.cpp; empty without any.
func (c compiler) check(folder string, flags []string) (string, error) {
	args := append(c.command[1:], "-fsyntax-only", "-fmax-errors=0", "-fno-diagnostics-show-caret",
		"-fdiagnostics-color=never", "-I"+folder, "-I"+filepath.Join(folder, nativeFolder))
	args = append(append(args, flags...), filepath.Join(folder, "torch_api.cpp"))
	cmd := setup.Command(context.Background(), c.command[0], args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	var out bytes.Buffer
	cmd.Stderr = &out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "", nil
	case !errors.As(err, &exit):
		return "", fmt.Errorf("run %s: %w", c.command[0], err)
	case exit.ExitCode() < 0 || exit.ExitCode() > 128 || strings.Contains(out.String(), "Killed"):
		return "", fmt.Errorf("%s was killed (%w): it needs 2 GB of memory", c.command[0], err)
	case out.Len() == 0:
		return "", fmt.Errorf("%s failed without saying why: %w", c.command[0], err)
	}
	return out.String(), nil
}
