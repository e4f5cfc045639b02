package hub

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"xpt/checkpoints"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// Fetch downloads a repository's files into the cache and returns the folder that has them under their names. include are
// patterns of path.Match, for the whole path or the base name. Without patterns it downloads all of a data set, or a model's
// config, tokenizer and weights in one format, safetensors if available.
func (c *Client) Fetch(ctx context.Context, repo Repo, include []string) (string, error) {
	if c.Offline {
		return c.Cached(repo)
	}
	folder, err := c.fetch(ctx, repo, include)
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", repo.ID, err)
	}
	return folder, nil
}

// Cached returns the folder of a repository in the cache.
func (c *Client) Cached(repo Repo) (string, error) {
	root := filepath.Join(c.Cache, repo.folderName())
	commit := repo.Revision
	if !commitHash.MatchString(commit) {
		data, err := regular.ReadFile(filepath.Join(root, "refs", filepath.FromSlash(repo.Revision)), maxToken)
		if err == nil {
			commit = strings.TrimSpace(string(data))
		}
	}
	folder := filepath.Join(root, "snapshots", commit)
	if !commitHash.MatchString(commit) {
		folder = ""
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return "", usererror.Errorf("%s (revision %s) is not in the cache %s: fetch it while online", repo.ID, repo.Revision, c.Cache)
	}
	return folder, nil
}

func (c *Client) fetch(ctx context.Context, repo Repo, include []string) (string, error) {
	snap, err := c.info(ctx, repo)
	if err != nil {
		return "", err
	}
	files, err := choose(snap.files, include, repo.Dataset)
	if err != nil {
		return "", err
	}
	if err := c.checkSpace(repo, files); err != nil {
		return "", err
	}
	var done, total int64
	for _, f := range files {
		total += f.size
	}
	root := filepath.Join(c.Cache, repo.folderName())
	folder := filepath.Join(root, "snapshots", snap.commit)
	for _, f := range files {
		report := func(have int64) {
			if c.Progress != nil {
				c.Progress(done+have, total)
			}
		}
		if err := c.fetchFile(ctx, repo, snap.commit, f, filepath.Join(folder, filepath.FromSlash(f.path)), report); err != nil {
			return "", err
		}
		done += f.size
		report(0)
	}
	if snap.commit != repo.Revision { // a branch or tag; written last, when the files are complete
		if err := writeRef(filepath.Join(root, "refs", filepath.FromSlash(repo.Revision)), snap.commit); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// fetchFile downloads a file into the blobs, unless it is there, and links to it.
func (c *Client) fetchFile(ctx context.Context, repo Repo, commit string, f file, link string, report func(int64)) error {
	blob := c.blobPath(repo, f)
	lock := filepath.Join(c.Cache, ".locks", repo.folderName(), f.etag+".lock")
	for _, folder := range []string{filepath.Dir(blob), filepath.Dir(link), filepath.Dir(lock)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	unlock, err := lockFile(lock)
	if err != nil {
		return err
	}
	defer unlock()
	if info, err := os.Stat(blob); err != nil || info.Size() != f.size {
		if err := c.download(ctx, c.address(repo, commit, f.path), f, blob, report); err != nil {
			return err
		}
	}
	target, err := filepath.Rel(filepath.Dir(link), blob)
	if err != nil {
		return err
	}
	if current, err := os.Readlink(link); err == nil && current == target {
		return nil
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(target, link)
}

// lockFile locks a download against other processes, also those of Hugging Face's tools.
func lockFile(path string) (unlock func(), err error) {
	f, err := regular.Update(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: lock: %w", path, err)
	}
	return func() { f.Close() }, nil
}

func writeRef(path, commit string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return checkpoints.WriteFile(path, []byte(commit))
}

// choose returns the files to fetch.
func choose(files []file, include []string, all bool) ([]file, error) {
	if len(files) == 0 {
		return nil, usererror.New("the hub lists no files of it: does the repository have files at this revision?")
	}
	if len(include) == 0 && all {
		return files, nil
	}
	if len(include) == 0 {
		include = slices.Concat(modelFiles, weightPatterns(files))
	}
	var chosen []file
	for _, f := range files {
		matched := slices.ContainsFunc(include, func(pattern string) bool {
			whole, _ := path.Match(pattern, f.path)
			name, _ := path.Match(pattern, path.Base(f.path))
			return whole || name && !strings.Contains(pattern, "/")
		})
		if matched {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) == 0 {
		return nil, usererror.Errorf("none of its %d files matches %s", len(files), strings.Join(include, ", "))
	}
	return chosen, nil
}
