package xpt

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"xpt/internal/usererror"
)

// Ready files: studies, and scripts that run them on clusters.
//
//go:embed testdata/study/*.yaml testdata/cluster/*
var examples embed.FS

// Examples are the names of the files that [Example] has: studies, such as paper, and scripts and manifests that run a study on a cluster, such
// as sbatch.
func Examples() (names []string) {
	for _, file := range exampleFiles() {
		names = append(names, exampleName(file))
	}
	return names
}

// Example is the text of a ready file: that of a study, for a file of one's own, with paths relative to it.
func Example(name string) (string, error) {
	for _, file := range exampleFiles() {
		if exampleName(file) == name {
			text, err := examples.ReadFile(file)
			return string(text), err
		}
	}
	return "", usererror.Errorf("there is no example %q: expected %s", name, strings.Join(Examples(), ", "))
}

func exampleFiles() []string {
	files, _ := fs.Glob(examples, "testdata/*/*") // errors are of the pattern
	return files
}

// exampleName is a file's name without its ending.
func exampleName(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".")
	return name
}
