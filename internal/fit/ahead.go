package fit

import (
	"context"
	"slices"
	"strings"

	"xpt/internal/setup"
)

// ahead compiles the packages without libtorch into Go's build cache, and downloads their modules, while libtorch is
// downloaded and gotch is fitted. Errors are ignored: the build reports them.
func ahead(ctx context.Context, repo string) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		listed, err := goCommand(repo, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{join .Deps \" \"}}{{end}}", "./...")
		if err != nil {
			return
		}
		cmd := setup.Command(ctx, "nice", append([]string{"go", "build"}, withoutLibtorch(listed)...)...)
		cmd.Dir = repo
		cmd.Env = withoutWorkspace()
		_ = cmd.Run()
	}()
	return func() { <-done }
}

// withoutLibtorch selects the packages that do not depend on gotch from lines with a package and its dependencies.
func withoutLibtorch(listed string) (packages []string) {
	for line := range strings.Lines(listed) {
		names := strings.Fields(line)
		if len(names) > 0 && !slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, gotchPath) }) {
			packages = append(packages, names[0])
		}
	}
	return packages
}
