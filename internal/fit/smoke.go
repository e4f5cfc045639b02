package fit

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

const smokeFolder = "xpt-smoke"

// smoke builds and runs a small program with the fitted copy; later builds find the compiled C++ in Go's build cache.
func smoke(copied string) error {
	text, err := source.ReadFile("smoke.go.txt")
	if err != nil {
		return err
	}
	dir := filepath.Join(copied, smokeFolder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), text, 0o644); err != nil {
		return err
	}
	if _, err := goCommand(copied, "build", "./ts"); err != nil {
		return fmt.Errorf("the fitted gotch does not build: %w", err)
	}
	// go run finds the emulator of another processor.
	if _, err := goCommand(copied, "run", "./"+smokeFolder); err != nil {
		return fmt.Errorf("the fitted gotch fails its test: %s", explain(head(err.Error(), 5)))
	}
	return nil
}

var notFound = regexp.MustCompile(`shared libraries: (lib\S+): cannot open`)

// explain adds a remedy to the loader's error about a missing library.
func explain(output string) string {
	if m := notFound.FindStringSubmatch(output); m != nil {
		return fmt.Sprintf("libtorch needs %s: install the package of your distribution that has it", m[1])
	}
	return output
}
