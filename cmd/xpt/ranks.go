package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"xpt"
	"xpt/internal/usererror"
)

// onRanks runs a command's action, on all processes of a launcher where there are several. Rank 0 reports; of the others only
// their errors are seen.
func onRanks(ctx *cli.Context, c *xpt.Compute, action func(stdout, stderr io.Writer) error) (err error) {
	if c.Ranks, err = xpt.JoinRanks(ctx.Context); err != nil {
		return err
	}
	if c.Ranks == nil {
		return action(ctx.App.Writer, ctx.App.ErrWriter)
	}
	stdout, stderr := ctx.App.Writer, ctx.App.ErrWriter
	if c.Ranks.Rank() > 0 {
		stdout, stderr = io.Discard, io.Discard
	}
	if err = c.Ranks.Close(action(stdout, stderr)); err != nil && c.Ranks.Rank() > 0 {
		return fmt.Errorf("on rank %d: %w", c.Ranks.Rank(), err)
	}
	return err
}

// notShared refuses standard input among the inputs of several processes: each would read a part of it.
func notShared(c xpt.Compute, inputs ...string) error {
	if c.Ranks != nil && (slices.Contains(inputs, "-") || slices.Contains(inputs, "/dev/stdin")) {
		return usererror.New("several processes have no standard input in common: name a file")
	}
	return nil
}
