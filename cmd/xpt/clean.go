package main

import (
	"fmt"
	"io"

	"xpt/checkpoints"
	"xpt/internal/caches"
	"xpt/internal/usererror"
	"xpt/libtorch"
)

// runClean lists what nothing uses, and removes it if asked to.
func runClean(w io.Writer, o doctorOptions) error {
	if !o.Clean {
		return usererror.New("--yes goes with --clean")
	}
	folder, err := caches.Folder()
	if err != nil {
		return usererror.Of(err)
	}
	unused, err := caches.Unused(folder, libtorch.Folder(), libtorch.Version())
	if err != nil {
		return usererror.Of(err)
	}
	if o.Yes {
		if err := caches.Remove(unused); err != nil {
			return usererror.Of(err)
		}
	}
	if o.JSON {
		return writeIndented(w, append([]caches.Entry{}, unused...))
	}
	var total int64
	for _, e := range unused {
		total += e.Bytes
		fmt.Fprintf(w, "%10s  %s: %s\n", checkpoints.FormatSize(e.Bytes), inLine(e.Path), e.What)
	}
	switch {
	case unused == nil:
		fmt.Fprintf(w, "nothing in %s is without use\n", folder)
	case o.Yes:
		fmt.Fprintf(w, "%10s  removed\n", checkpoints.FormatSize(total))
	default:
		fmt.Fprintf(w, "%10s  in all; xpt doctor --clean --yes removes them\n", checkpoints.FormatSize(total))
	}
	return nil
}
