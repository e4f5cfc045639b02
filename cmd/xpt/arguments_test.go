package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

func TestFlagsFirst(t *testing.T) {
	commands := []*cli.Command{{Name: "convert", Flags: []cli.Flag{
		&cli.StringFlag{Name: "dtype"}, &cli.BoolFlag{Name: "json"},
	}}}
	for args, want := range map[string]string{
		"xpt":                              "xpt",
		"xpt convert a b":                  "xpt convert a b",
		"xpt convert a b --dtype f --json": "xpt convert --dtype f --json a b",
		"xpt convert a --json b --dtype=f": "xpt convert --json --dtype=f a b",
		"xpt convert --json a -dtype f b":  "xpt convert --json -dtype f a b",
		"xpt convert a --json -- --dtype":  "xpt convert --json -- a --dtype",
		"xpt convert a -":                  "xpt convert a -",
		"xpt convert a --dtype":            "xpt convert --dtype a",
		"xpt convert a --unknown b":        "xpt convert --unknown a b",
		"xpt other a --dtype f":            "xpt other a --dtype f",
	} {
		if got := flagsFirst(commands, strings.Fields(args)); !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}
