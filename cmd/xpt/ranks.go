package main

import (
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"xpt"
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
