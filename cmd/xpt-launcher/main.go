// Command xpt-launcher is bin/xpt of make build. It starts the program xpt-main beside it, which cmd/xpt is, once a
// libtorch for it is found. The system's loader would name a library that is gone and no more, before any of
// the program runs; this needs no library, and so it can say what is missing and how to get it.
//
// The program takes the launcher's place in the process: signals, exit status and streams are its own.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"xpt/internal/setup"
)

func main() {
	fmt.Fprintln(os.Stderr, "xpt:", start())
	os.Exit(1)
}

// start returns only with an error.
func start() error {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return err
	}
	program, err := setup.OpenProgram(filepath.Join(filepath.Dir(self), "xpt-main"))
	if os.IsNotExist(err) {
		return fmt.Errorf("%s is missing, which %s starts: keep the two in one folder", filepath.Join(filepath.Dir(self), "xpt-main"), self)
	}
	if err != nil {
		return err
	}
	lib, searched, err := program.Libtorch()
	if err != nil {
		if len(os.Args) > 1 && os.Args[1] == "doctor" {
			show(program, searched)
		}
		return err
	}
	if lib != "" {
		paths := append([]string{lib}, filepath.SplitList(os.Getenv("LD_LIBRARY_PATH"))...)
		os.Setenv("LD_LIBRARY_PATH", strings.Join(paths, ":"))
	}
	return fmt.Errorf("%s: %w", program.Path, syscall.Exec(program.Path, slices.Clone(os.Args), os.Environ()))
}

// show is what xpt doctor can say without a libtorch.
func show(program setup.Program, searched []setup.Place) {
	fmt.Printf("%-10s none of release %d.%d, which this xpt was built for\n", "libtorch", program.Built.Major, program.Built.Minor)
	for _, place := range searched {
		fmt.Printf("%-10s %s: %s\n", "", place.Where, place.What)
	}
}
