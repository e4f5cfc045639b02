// Command xpt-setup makes a module ready to build with xpt: make setup in a clone
// of xpt, and in a module that imports it
//
//	go run xpt/cmd/xpt-setup
//
// It finds or gets a libtorch, fits a copy of gotch to it, and names that copy in
// the module's go.work. It does only what is not done yet, and writes nothing
// into xpt's source. The environment variable XPT_LIBTORCH names a libtorch;
// XPT_GOTCH=all keeps all of gotch's operations in the copy, not only those that
// xpt and the module call.
package main

import (
	"fmt"
	"os"

	"xpt/internal/fit"
)

func main() {
	if err := fit.Setup(); err != nil {
		fmt.Fprintln(os.Stderr, "setup:", err)
		os.Exit(1)
	}
}
