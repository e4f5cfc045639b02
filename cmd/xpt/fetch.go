package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints/hub"
	"xpt/internal/usererror"
)

type fetchOptions struct {
	Revision string `flag:"revision" help:"branch, tag or commit"`
	Include  string `flag:"include" help:"patterns of files, such as *.safetensors,*.json; by default the files that a model needs, or all of a data set"`
	Offline  bool   `flag:"offline" help:"use only the cache"`
	JSON     bool   `flag:"json" help:"report as JSON"`
}

func fetchCommand() *cli.Command {
	opts := fetchOptions{Revision: "main"}
	return &cli.Command{
		Name:      "fetch",
		Usage:     "download a model, adapter or data set of the Hugging Face hub into its cache",
		ArgsUsage: "[datasets/]ORG/NAME",
		Description: "HF_ENDPOINT names a mirror of the hub. Prints the folder that holds the files. Interrupted downloads are resumed; every file is checked\n" +
			"against the hub's hash. Reads HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE and HF_HUB_OFFLINE\n" +
			"as Hugging Face's tools do.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			repo, err := hub.ParseRepo(c.Args().First(), opts.Revision)
			if err != nil {
				return usererror.Of(err)
			}
			client, done, err := hubClient(c.App.ErrWriter)
			if err != nil {
				return err
			}
			client.Offline = client.Offline || opts.Offline
			var include []string
			if opts.Include != "" {
				include = strings.Split(opts.Include, ",")
			}
			folder, err := client.Fetch(c.Context, repo, include)
			done()
			if errors.Is(err, context.Canceled) {
				return errStopped(err)
			}
			if err != nil {
				return err
			}
			if opts.JSON {
				return json.NewEncoder(c.App.Writer).Encode(map[string]string{"repo": repo.ID, "folder": folder})
			}
			_, err = fmt.Fprintln(c.App.Writer, folder)
			return err
		},
	}
}
