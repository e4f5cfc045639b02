package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"xpt/checkpoints/hub"
	"xpt/internal/usererror"
)

type fetchOptions struct {
	Revision string `flag:"revision" help:"branch, tag or commit"`
	Include  string `flag:"include" help:"patterns of the files wanted, such as *.safetensors,*.json; by default what a model needs, or all of a data set"`
	Offline  bool   `flag:"offline" help:"look into the cache only"`
	JSON     bool   `flag:"json" help:"report as JSON"`
}

func fetchCommand() *cli.Command {
	opts := fetchOptions{Revision: "main"}
	return &cli.Command{
		Name:      "fetch",
		Usage:     "bring a model, adapter or data set from the Hugging Face hub or a mirror into its cache",
		ArgsUsage: "ORG/NAME | datasets/ORG/NAME",
		Description: "Prints the folder that holds the files. A download that was broken off goes on where it\n" +
			"stopped; every file is checked against the hub's hash. HF_ENDPOINT, HF_TOKEN, HF_HOME,\n" +
			"HF_HUB_CACHE and HF_HUB_OFFLINE mean what they mean to Hugging Face's own tools.",
		Flags: flagsOf(&opts),
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usererror.New("fetch: needs one ORG/NAME")
			}
			repo, err := hub.ParseRepo(c.Args().First(), opts.Revision)
			if err != nil {
				return usererror.Of(err)
			}
			client, err := hub.NewClient()
			if err != nil {
				return usererror.Of(err)
			}
			client.Offline = client.Offline || opts.Offline
			client.Warn = func(line string) { fmt.Fprintln(c.App.ErrWriter, "xpt fetch:", oneLine(line)) }
			client.Progress = byteProgress(c.App.ErrWriter, "fetching")
			var include []string
			if opts.Include != "" {
				include = strings.Split(opts.Include, ",")
			}
			folder, err := client.Fetch(c.Context, repo, include)
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
