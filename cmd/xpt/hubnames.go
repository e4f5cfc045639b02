package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"xpt/checkpoints/hub"
	"xpt/internal/interrupted"
	"xpt/internal/usererror"
)

// localFolder is the folder that the name of a checkpoint or an adapter means: a path as it is, a repository of the hub
// in the cache, into which it is fetched where it is not.
func localFolder(ctx context.Context, name string, messages io.Writer) (string, error) {
	repo, ok := hub.Named(name)
	if !ok {
		return name, nil
	}
	client, done, err := hubClient(messages)
	if err != nil {
		return "", err
	}
	defer done()
	folder, err := client.Find(ctx, repo)
	if errors.Is(err, context.Canceled) {
		return "", errStopped(err)
	}
	return folder, err
}

// hubClient shows the progress of its downloads, until done is called, and their retries.
func hubClient(messages io.Writer) (c *hub.Client, done func(), err error) {
	if c, err = hub.NewClient(); err != nil {
		return nil, nil, usererror.Of(err)
	}
	c.Warn = func(line string) { fmt.Fprintln(messages, "xpt:", oneLine(line)) }
	c.Progress, done = byteProgress(messages, "fetches")
	return c, done, nil
}

func errStopped(err error) error {
	return interrupted.Errorf(err, "stopped; what has come is kept, and the same command goes on")
}
