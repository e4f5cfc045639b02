package hub

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Named returns the repository that a checkpoint's name means, as in facebook/xglm-564M; ok is false where it is a
// path: one that exists, or whose first folder does, so that a slip in a local path asks no hub.
func Named(name string) (repo Repo, ok bool) {
	above, _, found := strings.Cut(name, "/")
	if !found {
		return repo, false
	}
	if _, err := os.Stat(above); err == nil {
		return repo, false
	}
	repo, err := ParseRepo(strings.TrimSuffix(name, "/"), "") // shells complete names of folders with it
	return repo, err == nil && strings.Count(repo.ID, "/") == 1 && !repo.Dataset
}

// Find returns the folder of a repository: that of the cache, without a network, where it has weights, and else what Fetch
// brings.
func (c *Client) Find(ctx context.Context, repo Repo) (string, error) {
	cached, err := c.Cached(repo)
	if err == nil && hasWeights(cached) {
		return cached, nil
	}
	folder, err := c.Fetch(ctx, repo, nil)
	switch {
	case err != nil && c.Offline:
		return "", fmt.Errorf("no folder of that name is here: %w", err)
	case err != nil:
		return "", fmt.Errorf("%s is neither a folder here nor in the cache: %w", repo.ID, err)
	}
	return folder, nil
}

// hasWeights tells a model's or an adapter's folder from one of which a tool has fetched only the tokenizer.
func hasWeights(folder string) bool {
	for _, pattern := range []string{"*.safetensors", "*.bin"} {
		if found, _ := filepath.Glob(filepath.Join(folder, pattern)); found != nil {
			return true
		}
	}
	return false
}
